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
  // Null is all of a kind, an empty list none of it.
  const parts = [
    apps ? apps.length > 0 && t('someApps', { n: apps.length }) : t('allApps'),
    datasets ? datasets.length > 0 && t('someDatasets', { n: datasets.length }) : t('allDatasets'),
  ].filter(Boolean);
  const names = [
    ...(apps ?? []).map((id) => allApps?.find((app) => app.id === id)?.name ?? id),
    ...(datasets ?? []).map((id) => allDatasets?.find((dataset) => dataset.id === id)?.name ?? id),
  ];
  return <span title={names.join('\n')}>{parts.join(' · ')}</span>;
}
