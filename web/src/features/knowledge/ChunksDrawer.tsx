import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment } from 'react';
import { chunksQuery } from '@/api/queries';
import type { Document } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { words } from './words';

/** What a document was cut into: exactly what a search can find. */
export function ChunksDrawer({ document, onClose }: { document: Document; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const query = useInfiniteQuery(chunksQuery(document.id));
  const chunks = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Drawer open wide onClose={onClose} title={t('chunkTitle', { name: document.name })}>
      <div className="flex flex-col gap-3 p-4">
        {query.isPending && <Loading />}
        {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
        {query.isSuccess && chunks.length === 0 && <p className="py-8 text-center text-ink-2">{t('noChunks')}</p>}
        <ol className="flex flex-col gap-3">
          {chunks.map((chunk) => (
            <li key={chunk.id} className="rounded-lg border border-line px-3 py-2.5">
              <div className="mb-1 flex flex-wrap gap-x-2 text-sm text-ink-3">
                <span className="font-semibold text-ink-2">{t('chunkNumber', { n: chunk.index + 1 })}</span>
                {[chunk.page !== null && t('page', { n: chunk.page }), chunk.heading].map((fact, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a fixed pair, never reordered
                  <Fragment key={index}>{fact && <span>{fact}</span>}</Fragment>
                ))}
              </div>
              <p className="break-words whitespace-pre-wrap">{chunk.text}</p>
            </li>
          ))}
        </ol>
        {query.hasNextPage && (
          <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {c('showMore')}
          </Button>
        )}
      </div>
    </Drawer>
  );
}
