import { FileText } from 'lucide-react';
import type { Citation } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { Found } from './Found';
import { words } from './words';

/** What an answer stands on. Each entry opens the page it comes from. */
export function SourceList({ citations, onOpen }: { citations: Citation[]; onOpen(citation: Citation): void }) {
  const t = useT(words);
  const format = useFormat();
  return (
    <ol aria-label={t('sources')} className="flex flex-col gap-2">
      {citations.map((citation) => (
        <li
          key={`${citation.n} ${citation.chunk_id}`}
          className="relative rounded-lg border border-line bg-surface p-3 transition-colors duration-120 hover:border-line-strong"
        >
          <div className="flex items-start gap-2">
            <span className="grid h-5 min-w-5 shrink-0 place-items-center rounded-sm bg-accent-soft px-1 text-xs font-semibold text-accent">
              {citation.n}
            </span>
            <FileText size={15} aria-hidden="true" className="mt-0.5 shrink-0 text-ink-3" />
            <button
              type="button"
              aria-label={t('open', { name: citation.document_name, n: citation.n })}
              className="min-w-0 flex-1 text-left font-medium break-words after:absolute after:inset-0 after:rounded-lg"
              onClick={() => onOpen(citation)}
            >
              {citation.document_name}
            </button>
            <span className="figures shrink-0 text-sm text-ink-2" title={t('score', { n: citation.score })}>
              {format.number(citation.score, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}
            </span>
          </div>
          <p className="mt-1.5 line-clamp-3 text-ink-2">{citation.text}</p>
          <div className="mt-1.5 flex flex-wrap items-center gap-x-3 text-sm text-ink-3">
            {citation.page !== null && <span>{t('page', { n: citation.page })}</span>}
            {citation.heading && <span className="max-w-full truncate">{citation.heading}</span>}
            <Found citation={citation} className="ml-auto" />
          </div>
        </li>
      ))}
    </ol>
  );
}
