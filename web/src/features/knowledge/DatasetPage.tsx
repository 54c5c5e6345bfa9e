import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { datasetQuery } from '@/api/queries';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { LevelBadge } from '@/ui/level';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Tabs } from '@/ui/tabs';
import { DocumentsTab } from './DocumentsTab';
import { SettingsTab } from './SettingsTab';
import { TestTab } from './TestTab';
import { words } from './words';

export default function DatasetPage() {
  const t = useT(words);
  const can = useCan();
  const navigate = useNavigate();
  const { datasetId } = useParams({ from: '/shell/knowledge/$datasetId' });
  const { tab } = useSearch({ from: '/shell/knowledge/$datasetId' });
  const { data: dataset, ...query } = useQuery(datasetQuery(datasetId));
  if (query.isError) {
    return (
      <Page title={t('title')}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  if (!dataset) return <Loading className="h-full" />;
  const tabs = [
    {
      id: 'documents',
      label: t('documents'),
      count: dataset.documents,
      content: <DocumentsTab key={datasetId} dataset={dataset} />,
    },
    { id: 'test', label: t('test'), content: <TestTab key={datasetId} dataset={dataset} /> },
  ];
  if (can('dataset.write')) {
    tabs.push({ id: 'settings', label: t('settings'), content: <SettingsTab key={dataset.id} dataset={dataset} /> });
  }
  return (
    <Page
      above={
        <Link to="/knowledge" className="hover:text-ink hover:underline">
          {t('backToAll')}
        </Link>
      }
      title={
        <>
          {dataset.name}
          {dataset.sample && <Badge tone="accent">{t('sample')}</Badge>}
          <LevelBadge label={dataset.label} />
        </>
      }
      hint={dataset.description}
    >
      <Tabs
        label={t('tabs')}
        value={tabs.some((one) => one.id === tab) ? (tab ?? 'documents') : 'documents'}
        onChange={(next) =>
          void navigate({
            to: '/knowledge/$datasetId',
            params: { datasetId },
            search: next === 'documents' ? {} : { tab: next },
            replace: true,
          })
        }
        tabs={tabs}
      />
    </Page>
  );
}
