import { lazy, Suspense } from 'react';
import { useCommon } from '@/i18n/common';
import { Card } from '@/ui/page';

const Markdown = lazy(() => import('@/answer/Markdown'));

interface Props {
  values: Record<string, unknown>;
  markdown?: boolean;
  cites?: readonly number[];
  onCite?(n: number): void;
}

/** Named values: short texts as they are, answers as Markdown, the rest as JSON. */
export function Values({ values, markdown, cites, onCite }: Props) {
  const c = useCommon();
  const entries = Object.entries(values);
  return (
    <Card className="flex max-h-96 flex-col gap-3 overflow-auto p-4">
      {entries.length === 0 && <p className="text-ink-3">{c('none')}</p>}
      {entries.map(([name, value]) => (
        <div key={name}>
          <h3 className="mb-0.5 font-mono text-xs text-ink-3">{name}</h3>
          {typeof value !== 'string' ? (
            <pre className="overflow-x-auto font-mono text-sm whitespace-pre-wrap">
              {JSON.stringify(value, null, 2)}
            </pre>
          ) : markdown ? (
            <Suspense fallback={<p className="whitespace-pre-wrap">{value}</p>}>
              <Markdown text={value} cites={cites} onCite={onCite} />
            </Suspense>
          ) : (
            <p className="break-words whitespace-pre-wrap">{value}</p>
          )}
        </div>
      ))}
    </Card>
  );
}
