import { useState } from 'react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { words } from '../words';
import { Marked } from './Marked';

const LINES = 14;
const LETTERS = 1500;
/** So much more is drawn at once: a text of megabytes in one piece would hold the page up. */
const PORTION = 40_000;

/** The beginning of a text that fits into a few lines. */
export function beginning(text: string): string {
  const start = text.slice(0, LETTERS);
  const lines = start.split('\n');
  return lines.length > LINES ? lines.slice(0, LINES).join('\n') : start;
}

/** A text with its line breaks; a long one begins folded. */
export function TextValue({ text, query }: { text: string; query: string }) {
  const t = useT(words);
  const [shown, setShown] = useState(0);
  const start = beginning(text);
  const inFold = Boolean(query) && !start.toLowerCase().includes(query.toLowerCase());
  const length = Math.max(shown, inFold ? Math.min(text.length, PORTION) : start.length);
  const rest = text.length - length;
  if (!text) return <p className="text-ink-3">{t('emptyText')}</p>;
  return (
    <div>
      <p className="text-base leading-5 break-words whitespace-pre-wrap">
        <Marked text={text.slice(0, length)} query={query} />
        {rest > 0 && '…'}
      </p>
      {(rest > 0 || shown > 0) && (
        <Button
          size="small"
          variant="ghost"
          className="-ml-2.5"
          aria-expanded={rest === 0}
          onClick={() => setShown(rest > 0 ? Math.min(text.length, length + PORTION) : 0)}
        >
          {rest > PORTION ? t('showMore', { n: rest }) : rest > 0 ? t('showAll', { n: rest }) : t('showLess')}
        </Button>
      )}
    </div>
  );
}
