import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { FileText } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { keys } from '@/api/keys';
import { documentsQuery } from '@/api/queries';
import type { Dataset, Document } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { DropArea } from '@/ui/drop-area';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { ChunksDrawer } from './ChunksDrawer';
import { DocumentRow } from './DocumentRow';
import { UploadList } from './UploadList';
import { useUploads } from './uploads';
import { words } from './words';

const ACCEPT = '.pdf,.docx,.xlsx,.pptx,.html,.htm,.md,.markdown,.txt,.csv,.tsv,.json';
const POLL = 1000;

export const inWork = (document: Document) => document.status !== 'ready' && document.status !== 'failed';

export function DocumentsTab({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const client = useQueryClient();
  const add = useUploads((state) => state.add);
  const [shown, setShown] = useState<Document | null>(null);
  const query = useInfiniteQuery({
    ...documentsQuery(dataset.id),
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.items.some(inWork)) ? POLL : false),
  });
  const documents = query.data?.pages.flatMap((page) => page.items) ?? [];
  const working = documents.filter(inWork).length;

  // When one more document is through, the counts of the dataset have changed too.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `working` is the reason to ask again
  useEffect(() => {
    void client.invalidateQueries({ queryKey: keys.dataset(dataset.id), exact: true });
    void client.invalidateQueries({ queryKey: keys.datasets, exact: true });
  }, [client, dataset.id, working]);

  const upload = useCallback(
    (files: File[]) =>
      add(dataset.id, files, () => void client.invalidateQueries({ queryKey: keys.documents(dataset.id) })),
    [add, client, dataset.id],
  );

  return (
    <div className="flex flex-col gap-4">
      {can('dataset.write') && (
        <DropArea
          multiple
          accept={ACCEPT}
          label={t('upload')}
          hint={t('uploadHint')}
          onFiles={upload}
          className={query.isSuccess && !documents.length ? 'py-10!' : 'py-3!'}
        />
      )}
      <UploadList datasetId={dataset.id} />
      {query.isPending && <Loading />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && documents.length === 0 && (
        <Empty icon={FileText} title={t('noDocuments')}>
          {t('noDocumentsHint')}
        </Empty>
      )}
      {documents.length > 0 && (
        <ul aria-label={t('documents')} className="overflow-hidden rounded-lg border border-line bg-surface">
          {documents.map((document) => (
            <DocumentRow key={document.id} document={document} onShow={() => setShown(document)} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <Button className="self-center" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {c('showMore')}
        </Button>
      )}
      {shown && <ChunksDrawer document={shown} onClose={() => setShown(null)} />}
    </div>
  );
}
