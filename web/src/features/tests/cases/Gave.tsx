import { Equal } from 'lucide-react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { words } from '../words';
import type { Row } from './expectations';

interface Props {
  outputs: Record<string, unknown>;
  onExpect(row: Partial<Row>): void;
}

/** What the run gave: to look at while one says what is expected, or to expect it as it is. */
export function Gave({ outputs, onExpect }: Props) {
  const t = useT(words);
  const entries = Object.entries(outputs).filter(([, value]) => value !== null && value !== '');
  if (!entries.length) return null;
  return (
    <section aria-label={t('gave')} className="flex flex-col gap-2">
      <h3 className="text-md font-semibold">{t('gave')}</h3>
      {entries.map(([output, value]) => {
        const isText = typeof value === 'string';
        const shown = isText ? value : JSON.stringify(value, null, 2);
        return (
          <div key={output} className="rounded-lg border border-line">
            <div className="flex items-center gap-2 border-b border-line bg-canvas py-1 pr-1 pl-3">
              <code className="min-w-0 flex-1 truncate font-mono text-sm text-ink-2">{output}</code>
              <Button
                size="small"
                variant="ghost"
                icon={Equal}
                onClick={() =>
                  onExpect(isText ? { output, kind: 'equals', text: value } : { output, kind: 'value', json: shown })
                }
              >
                {t('expectThis')}
              </Button>
            </div>
            <p
              // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text must be scrollable by keyboard
              tabIndex={0}
              className="max-h-48 overflow-y-auto px-3 py-2 break-words whitespace-pre-wrap -outline-offset-2"
            >
              {shown}
            </p>
          </div>
        );
      })}
    </section>
  );
}
