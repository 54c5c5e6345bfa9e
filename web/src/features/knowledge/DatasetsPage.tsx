import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Database, Plus } from 'lucide-react';
import { useState } from 'react';
import { datasetsQuery } from '@/api/queries';
import type { Dataset } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { LevelBadge } from '@/ui/level';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { NewDatasetDialog } from './NewDatasetDialog';
import { words } from './words';

export default function DatasetsPage() {
  const t = useT(words);
  const can = useCan();
  const datasets = useQuery(datasetsQuery);
  const [creating, setCreating] = useState(false);
  const create = can('dataset.write') && (
    <Button icon={Plus} variant="primary" onClick={() => setCreating(true)}>
      {t('new')}
    </Button>
  );
  return (
    <Page title={t('title')} hint={t('hint')} actions={create}>
      {datasets.isPending && <Loading />}
      {datasets.isError && <ErrorNotice error={datasets.error} onRetry={() => void datasets.refetch()} />}
      {datasets.data?.length === 0 && (
        <Empty icon={Database} title={t('emptyTitle')} actions={create}>
          {t('emptyHint')}
        </Empty>
      )}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(280px,1fr))] gap-4">
        {datasets.data?.map((dataset) => (
          <li key={dataset.id} className="flex">
            <DatasetCard dataset={dataset} />
          </li>
        ))}
      </ul>
      {creating && <NewDatasetDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function DatasetCard({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const format = useFormat();
  return (
    <article className="relative flex min-h-36 w-full flex-col rounded-lg border border-line bg-surface p-4 transition-shadow duration-120 hover:border-line-strong hover:shadow-raised">
      <div className="flex items-start gap-2">
        <span className="grid size-8 shrink-0 place-items-center rounded-md bg-run-soft text-c-knowledge">
          <Database size={17} aria-hidden="true" />
        </span>
        <h2 className="min-w-0 flex-1 pt-1 text-md font-semibold break-words">
          <Link
            to="/knowledge/$datasetId"
            params={{ datasetId: dataset.id }}
            className="after:absolute after:inset-0 after:rounded-lg"
          >
            {dataset.name}
          </Link>
        </h2>
        {dataset.sample && <Badge tone="accent">{t('sample')}</Badge>}
      </div>
      <p className="mt-2 line-clamp-2 text-ink-2">{dataset.description}</p>
      <div className="mt-auto flex flex-wrap items-center gap-x-2 gap-y-1 pt-3 text-sm text-ink-3">
        <span>{t('documentCount', { n: dataset.documents })}</span>
        <span aria-hidden="true">·</span>
        <span>{t('chunkCount', { n: dataset.chunks })}</span>
        {dataset.failed > 0 && <Badge tone="bad">{t('failedCount', { n: dataset.failed })}</Badge>}
        <LevelBadge label={dataset.label} className="ml-auto" />
        <span className="w-full">{t('updated', { when: format.ago(dataset.updated_at) })}</span>
      </div>
    </article>
  );
}
