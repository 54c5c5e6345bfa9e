import { useMemo } from 'react';
import { useT } from '@/i18n';
import { words } from '../words';
import { excerpt, find } from './find';
import { asText, preview } from './kinds';
import { Marked } from './Marked';

/** Where in a nested value the words are: the path to each place, with what is there. */
export function Hits({ value, query }: { value: unknown; query: string }) {
  const t = useT(words);
  const { rows, more } = useMemo(() => find(value, query), [value, query]);
  if (!rows.length) return <p className="text-ink-3">{t('noHit')}</p>;
  return (
    <div className="max-h-92 overflow-auto rounded-md bg-sunken py-1">
      <ul>
        {rows.map((row) => {
          const text = typeof row.value === 'string' ? excerpt(row.value, query) : preview(row.value);
          return (
            <li key={row.id} className="px-2 py-1 font-mono text-sm break-words">
              <span className="text-ink-3">
                <Marked text={row.path} query={query} />
              </span>{' '}
              <Marked text={row.kind === 'range' ? asText(row.label) : text} query={query} />
            </li>
          );
        })}
      </ul>
      {more && <p className="px-2 py-1 text-sm text-ink-3">{t('moreHits', { n: rows.length })}</p>}
    </div>
  );
}
