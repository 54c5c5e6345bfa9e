import { ChevronLeft, ChevronRight, Download, LocateFixed } from 'lucide-react';
import { useState } from 'react';
import { url } from '@/api/client';
import type { Citation } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Drawer } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { Found } from './Found';
import { PageView } from './PageView';
import { words } from './words';

interface Props {
  /** Null: closed. */
  citation: Citation | null;
  onClose(): void;
}

/** A source, opened where it says what is cited. */
export function CitationDrawer({ citation, onClose }: Props) {
  if (!citation) return null;
  return <Opened key={`${citation.chunk_id} ${citation.n}`} citation={citation} onClose={onClose} />;
}

export default CitationDrawer;

function Opened({ citation, onClose }: { citation: Citation; onClose(): void }) {
  const t = useT(words);
  const cited = citation.page ?? 1;
  const [page, setPage] = useState(cited);
  const [pages, setPages] = useState<number | null>(null);
  const [hasImage, setHasImage] = useState(false);
  const [asText, setAsText] = useState(false);
  const atCited = page === cited;
  return (
    <Drawer
      open
      wide
      onClose={onClose}
      title={
        <>
          <span className="mr-2 inline-grid h-5 min-w-5 place-items-center rounded-sm bg-accent-soft px-1 text-xs font-semibold text-accent">
            {citation.n}
          </span>
          {citation.document_name}
        </>
      }
      actions={
        <IconButton
          icon={Download}
          label={t('download')}
          onClick={() => location.assign(url(`/documents/${citation.document_id}/file`))}
        />
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <section aria-label={t('quoted')} className="rounded-md bg-sunken px-3 py-2">
          <div className="mb-1 flex flex-wrap items-center gap-2 text-sm text-ink-2">
            <span>{citation.dataset}</span>
            {citation.heading && <span>· {citation.heading}</span>}
            <Found citation={citation} className="ml-auto" />
          </div>
          <blockquote className="line-clamp-6 border-l-2 border-accent pl-3 whitespace-pre-wrap">
            {citation.text}
          </blockquote>
        </section>
        <div className="flex flex-wrap items-center gap-1">
          <IconButton icon={ChevronLeft} label={t('previous')} disabled={page <= 1} onClick={() => setPage(page - 1)} />
          <span className="figures min-w-24 text-center text-ink-2" aria-live="polite">
            {pages ? t('pageOf', { n: page, all: pages }) : t('page', { n: page })}
          </span>
          <IconButton
            icon={ChevronRight}
            label={t('next')}
            disabled={pages === null || page >= pages}
            onClick={() => setPage(page + 1)}
          />
          {!atCited && <IconButton icon={LocateFixed} label={t('goToCited')} onClick={() => setPage(cited)} />}
          {hasImage && <ViewSwitch asText={asText} onChange={setAsText} />}
        </div>
        <PageView
          key={page}
          documentId={citation.document_id}
          name={citation.document_name}
          page={page}
          passage={atCited ? citation : undefined}
          asText={asText}
          onPage={(data) => {
            setPages(data.pages);
            setHasImage(data.has_image);
          }}
        />
      </div>
    </Drawer>
  );
}

function ViewSwitch({ asText, onChange }: { asText: boolean; onChange(asText: boolean): void }) {
  const t = useT(words);
  return (
    <fieldset aria-label={t('view')} className="ml-auto flex rounded-md border border-line p-0.5">
      {[false, true].map((text) => (
        <button
          key={String(text)}
          type="button"
          aria-pressed={asText === text}
          onClick={() => onChange(text)}
          className={cn(
            'h-7 rounded-sm px-2.5 text-sm',
            asText === text ? 'bg-accent-soft font-semibold text-accent' : 'text-ink-2 hover:bg-sunken',
          )}
        >
          {text ? t('asText') : t('asPage')}
        </button>
      ))}
    </fieldset>
  );
}
