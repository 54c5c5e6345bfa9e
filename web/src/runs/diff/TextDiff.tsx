import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from '../words';
import { type Line, lineDiff, type Part } from './diff';

const SIGNS = { same: ' ', gone: '−', new: '+', changed: '±' } as const;
const LINES: Record<Line['kind'], string> = {
  same: '',
  gone: 'bg-bad-soft',
  new: 'bg-ok-soft',
  changed: 'bg-warn-soft/50',
};
const PARTS: Record<Part['kind'], string> = {
  same: '',
  gone: 'rounded-xs bg-bad-soft text-bad line-through',
  new: 'rounded-xs bg-ok-soft text-ok underline underline-offset-2',
};

/** Two values as texts, one under the other where they differ; signs say what colours say. */
export function TextDiff({ a, b }: { a: unknown; b: unknown }) {
  const t = useT(words);
  const [left, right] = [written(a), written(b)];
  const lines = lineDiff(left, right);
  if (!lines) {
    return (
      <div className="flex flex-col gap-2">
        <p className="text-sm text-ink-3">{t('diffTooLong')}</p>
        <div className="grid grid-cols-2 gap-3">
          {[left, right].map((text, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: always these two
            <pre key={index} className="max-h-96 overflow-auto rounded-md bg-sunken p-2 text-sm whitespace-pre-wrap">
              {text}
            </pre>
          ))}
        </div>
      </div>
    );
  }
  return (
    <div
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a long text must be scrollable by keyboard
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-md border border-line bg-surface font-mono text-sm leading-5"
    >
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same line may come twice
        <div key={index} className={cn('flex gap-2 px-2', LINES[line.kind])}>
          <span className="w-3 shrink-0 text-ink-3 select-none">{SIGNS[line.kind]}</span>
          <span className="min-w-0 break-words whitespace-pre-wrap">
            {line.parts.map((part, at) => {
              const Tag = part.kind === 'gone' ? 'del' : part.kind === 'new' ? 'ins' : 'span';
              return (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
                <Tag key={at} className={line.kind === 'changed' ? PARTS[part.kind] : 'no-underline'}>
                  {part.text}
                </Tag>
              );
            })}
          </span>
        </div>
      ))}
    </div>
  );
}

const written = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
