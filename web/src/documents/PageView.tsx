import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { url } from '@/api/client';
import { pageQuery } from '@/api/queries';
import type { DocumentPage } from '@/api/types';
import { useT } from '@/i18n';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { findPassage } from './range';
import { words } from './words';

interface Props {
  documentId: string;
  name: string;
  page: number;
  /** What to mark, if it is on this page. */
  passage?: { start: number; end: number; text: string };
  asText: boolean;
  onPage?(page: DocumentPage): void;
}

/** One page of a document: its picture with the passage boxed, or its text with the passage marked. */
export function PageView({ documentId, name, page, passage, asText, onPage }: Props) {
  const t = useT(words);
  const query = useQuery(pageQuery(documentId, page, passage?.start, passage?.end));
  const [broken, setBroken] = useState(false);
  const { data } = query;
  useEffect(() => {
    if (data) onPage?.(data);
  }, [data, onPage]);
  if (query.isPending) return <Loading className="min-h-96" />;
  if (query.isError) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.has_image && !asText && !broken) {
    return <Picture documentId={documentId} name={name} data={query.data} onBroken={() => setBroken(true)} />;
  }
  return (
    <>
      {broken && (
        <Notice kind="warn" className="mb-3">
          {t('imageFailed')}
        </Notice>
      )}
      <PageText data={query.data} passage={passage} />
    </>
  );
}

const WIDTH = 1200; // wide enough for twice the drawer's pixels

function Picture({
  documentId,
  name,
  data,
  onBroken,
}: {
  documentId: string;
  name: string;
  data: DocumentPage;
  onBroken(): void;
}) {
  const t = useT(words);
  const first = useRef<HTMLSpanElement>(null);
  const [loaded, setLoaded] = useState(false);
  const ratio = data.width && data.height ? data.width / data.height : 1 / Math.SQRT2;
  useEffect(() => {
    if (loaded) first.current?.scrollIntoView({ block: 'center' });
  }, [loaded]);
  return (
    <figure
      className="relative w-full overflow-hidden rounded-md border border-line bg-white"
      style={{ aspectRatio: ratio }}
    >
      {!loaded && <Loading className="absolute inset-0 bg-surface" />}
      <img
        src={url(`/documents/${documentId}/pages/${data.page}/image`, { width: WIDTH })}
        alt={t('imageOf', { name, n: data.page })}
        className="block w-full"
        onLoad={() => setLoaded(true)}
        onError={onBroken}
      />
      {loaded &&
        (data.boxes ?? []).map(([x0, y0, x1, y1], index) => (
          <span
            key={`${x0}-${y0}`}
            ref={index === 0 ? first : undefined}
            aria-hidden="true"
            data-mark=""
            // The page is white in both themes; the mark must be too.
            className="absolute rounded-sm bg-[#ffd84d]/40 shadow-[0_0_0_1.5px_#b27b00]"
            style={{
              left: `${x0 * 100 - 0.3}%`,
              top: `${y0 * 100 - 0.2}%`,
              width: `${(x1 - x0) * 100 + 0.6}%`,
              height: `${(y1 - y0) * 100 + 0.4}%`,
            }}
          />
        ))}
    </figure>
  );
}

function PageText({ data, passage }: { data: DocumentPage; passage: Props['passage'] }) {
  const t = useT(words);
  const mark = useRef<HTMLElement>(null);
  const range = passage ? findPassage(data.text, passage) : null;
  useEffect(() => {
    // No result of its own: browsers have begun to give a promise here, which is no clean-up.
    mark.current?.scrollIntoView({ block: 'center' });
  }, []);
  if (!data.text.trim()) return <p className="py-12 text-center text-ink-3">{t('emptyPage')}</p>;
  return (
    <>
      {passage && !range && <Notice className="mb-3">{t('notFoundOnPage')}</Notice>}
      <div className="rounded-md border border-line bg-surface px-5 py-4 text-md leading-6 break-words whitespace-pre-wrap">
        {range ? (
          <>
            {data.text.slice(0, range.start)}
            <mark ref={mark} data-mark="" className="rounded-sm bg-mark px-0.5 text-ink">
              {data.text.slice(range.start, range.end)}
            </mark>
            {data.text.slice(range.end)}
          </>
        ) : (
          data.text
        )}
      </div>
    </>
  );
}
