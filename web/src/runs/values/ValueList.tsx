import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { words } from '../words';
import { CopyValue } from './CopyValue';
import { kindOf, sizeOf } from './kinds';
import { ValueView } from './ValueView';

/** What a value is, in a word, with how much of it there is. */
export function useKindWord(): (value: unknown) => string {
  const t = useT(words);
  return (value) => {
    const kind = kindOf(value);
    return kind === 'number' || kind === 'boolean' || kind === 'nothing'
      ? t(`kind_${kind}`)
      : t(`kind_${kind}`, { n: sizeOf(value) });
  };
}

/** Named values, each with its kind and a button to copy it. */
export function ValueList({ values, query = '' }: { values: Readonly<Record<string, unknown>>; query?: string }) {
  const c = useCommon();
  const kindWord = useKindWord();
  const entries = Object.entries(values);
  if (!entries.length) return <p className="text-ink-3">{c('none')}</p>;
  return (
    <div className="flex flex-col gap-3">
      {entries.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <div className="mb-0.5 flex min-h-7 items-center gap-2">
            <span className="min-w-0 truncate font-mono text-sm font-medium text-ink-2">{name}</span>
            <span className="shrink-0 text-xs text-ink-3">{kindWord(value)}</span>
            <span className="ml-auto">
              <CopyValue value={value} name={name} />
            </span>
          </div>
          <ValueView value={value} name={name} query={query} />
        </div>
      ))}
    </div>
  );
}
