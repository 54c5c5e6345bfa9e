import { FileText } from 'lucide-react';
import type { Citation } from '@/api/types';
import { useT } from '@/i18n';
import { words } from './words';

/** What an answer stands on, in little room. Each opens the page it comes from. */
export function SourceChips({ citations, onOpen }: { citations: Citation[]; onOpen(citation: Citation): void }) {
  const t = useT(words);
  return (
    <ul aria-label={t('sources')} className="flex flex-wrap gap-1.5">
      {citations.map((citation) => (
        <li key={`${citation.n} ${citation.chunk_id}`} className="max-w-full">
          <button
            type="button"
            onClick={() => onOpen(citation)}
            className="flex h-7 max-w-full items-center gap-1.5 rounded-md border border-line bg-surface px-1.5 text-sm text-ink-2 hover:border-line-strong hover:text-ink"
          >
            <span className="grid h-4.5 min-w-4.5 place-items-center rounded-sm bg-accent-soft px-1 text-xs font-semibold text-accent">
              <span className="sr-only">{t('sourceMark')} </span>
              {citation.n}
            </span>
            <FileText size={13} aria-hidden="true" className="shrink-0 text-ink-3" />
            <span className="max-w-64 truncate">{citation.document_name}</span>
            {citation.page !== null && <span className="shrink-0 text-ink-3">{t('page', { n: citation.page })}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
