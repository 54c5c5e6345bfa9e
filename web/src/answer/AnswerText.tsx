import { Suspense } from 'react';
import type { Citation } from '@/api/types';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import type { Shown } from './outputs';
import { words } from './words';

const Markdown = lazily(() => import('./Markdown'));

interface Props {
  outputs: Shown[];
  /** More is to come. */
  streaming: boolean;
  citations: readonly Citation[];
  onCite(n: number): void;
}

/** What a run gives, as it comes: texts as Markdown with chips for sources, the rest as it is. */
export function AnswerText({ outputs, streaming, citations, onCite }: Props) {
  const t = useT(words);
  return outputs.map(({ name, value, markdown }) => (
    <div key={name} className="mb-4 last:mb-0">
      {outputs.length > 1 && <h3 className="mb-1 text-sm font-semibold text-ink-2">{t('output', { name })}</h3>}
      {markdown ? (
        <Suspense fallback={<p className="text-md leading-6 break-words whitespace-pre-wrap">{value}</p>}>
          <Markdown text={value} streaming={streaming} cites={citations.map((one) => one.n)} onCite={onCite} />
        </Suspense>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide value must be scrollable by keyboard
        <pre tabIndex={0} className="max-h-96 overflow-auto rounded-md bg-sunken p-3 font-mono text-sm">
          {value}
        </pre>
      )}
    </div>
  ));
}
