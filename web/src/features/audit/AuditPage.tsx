import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { auditQuery } from '@/api/audit';
import type { AuditRecord } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { ChainPanel } from './ChainPanel';
import { ExportMenu } from './ExportMenu';
import { Filters } from './Filters';
import { RecordDrawer } from './RecordDrawer';
import { RecordTable } from './RecordTable';
import { useFilter } from './useFilter';
import { useNearEnd } from './useNearEnd';
import { words } from './words';

/** Who did what, when, and whether anybody has tampered with the record of it. */
export default function AuditPage() {
  const t = useT(words);
  const c = useCommon();
  const { shown, asked, bounds, set, filtered } = useFilter();
  const query = useInfiniteQuery(auditQuery(asked));
  const [open, setOpen] = useState<AuditRecord | null>(null);
  const records = query.data?.pages.flatMap((page) => page.items) ?? [];
  const more = () => void query.fetchNextPage();
  const end = useNearEnd(query.hasNextPage && !query.isFetching && !query.isError, more);
  return (
    <Page title={t('title')} hint={t('hint')} actions={<ExportMenu bounds={bounds} />}>
      <ChainPanel />
      <Filters shown={shown} set={set} />
      {query.isPending && <Loading />}
      {records.length > 0 && <RecordTable records={records} onOpen={setOpen} />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} className="mt-3" />}
      {query.isSuccess && !records.length && (
        <Empty
          icon={ScrollText}
          title={filtered ? t('nothingFound') : t('noRecords')}
          actions={filtered && <Button onClick={() => set({}, true)}>{t('clearFilters')}</Button>}
        >
          {filtered ? t('nothingFoundHint') : t('noRecordsHint')}
        </Empty>
      )}
      {query.hasNextPage && (
        <div ref={end} className="flex justify-center pt-4">
          <Button busy={query.isFetchingNextPage} onClick={more}>
            {c('showMore')}
          </Button>
        </div>
      )}
      {open && (
        <RecordDrawer
          record={open}
          onClose={() => setOpen(null)}
          onFilter={(change) => {
            set(change, true);
            setOpen(null);
          }}
        />
      )}
    </Page>
  );
}
