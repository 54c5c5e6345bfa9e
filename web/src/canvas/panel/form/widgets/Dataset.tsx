/** A knowledge base by name, with what is in it. An unknown name stays and is remarked on. */
import { useQuery } from '@tanstack/react-query';
import { datasetsQuery } from '@/api/queries';
import { usePanelWords } from '../../words';
import { Combobox } from '../Combobox';
import type { WidgetProps } from '../context';
import { Aside, PageLink } from './Model';
import { textOf } from './Text';

export function DatasetField({ value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const { data } = useQuery(datasetsQuery);
  const now = textOf(value);
  const known = data?.find((dataset) => dataset.name === now);
  return (
    <>
      <Combobox
        free
        value={now}
        onChange={onChange}
        control={control}
        placeholder={t('chooseDataset')}
        empty={data?.length ? t('noSuchDataset') : t('noDatasets')}
        options={(data ?? []).map((dataset) => ({
          value: dataset.name,
          label: dataset.name,
          group: '',
          mark: t('documents', { n: dataset.documents }),
          hint: dataset.description || undefined,
        }))}
        footer={<PageLink href="/knowledge">{t('makeDataset')}</PageLink>}
        label={control['aria-labelledby'] ? undefined : label}
      />
      {data && now && !known && <Aside warn>{t('datasetUnknown', { name: now })}</Aside>}
      {known && <Aside warn={known.ready === 0}>{datasetFacts(t, known)}</Aside>}
    </>
  );
}

function datasetFacts(
  t: ReturnType<typeof usePanelWords>,
  dataset: { documents: number; ready: number; failed: number },
) {
  if (!dataset.documents) return t('datasetEmpty');
  const parts = [t('documents', { n: dataset.documents })];
  if (dataset.ready < dataset.documents) parts.push(t('ready', { n: dataset.ready }));
  if (dataset.failed) parts.push(t('failed', { n: dataset.failed }));
  return parts.join(' · ');
}
