import { useQuery } from '@tanstack/react-query';
import { appsQuery, datasetsQuery } from '@/api/queries';
import type { ApiKey } from '@/api/types';
import { useT } from '@/i18n';
import { words } from '../words';

/** What a key is held to, in words; the names of it all on hovering. */
export function Scope({ apps, datasets }: Pick<ApiKey, 'apps' | 'datasets'>) {
  const t = useT(words);
  const { data: allApps } = useQuery(appsQuery);
  const { data: allDatasets } = useQuery(datasetsQuery);
  if (!apps && !datasets) return t('everything');
  const parts = [
    apps && t('someApps', { n: apps.length }),
    datasets && t('someDatasets', { n: datasets.length }),
  ].filter(Boolean);
  const names = [
    ...(apps ?? []).map((id) => allApps?.find((app) => app.id === id)?.name ?? id),
    ...(datasets ?? []).map((id) => allDatasets?.find((dataset) => dataset.id === id)?.name ?? id),
  ];
  return <span title={names.join('\n')}>{parts.join(' · ')}</span>;
}
