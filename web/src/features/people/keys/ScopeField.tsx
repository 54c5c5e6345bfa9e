import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { appsQuery, datasetsQuery } from '@/api/queries';
import type { ApiKey } from '@/api/types';
import { useT } from '@/i18n';
import { CheckList } from '@/ui/check-list';
import { Choice } from '@/ui/choice';
import { words } from '../words';

export type KeyScope = Pick<ApiKey, 'apps' | 'datasets'>;

export const EVERYTHING: KeyScope = { apps: null, datasets: null };

/** Held to some, of which there are none yet. */
export const isEmpty = ({ apps, datasets }: KeyScope) =>
  (apps !== null || datasets !== null) && !apps?.length && !datasets?.length;

interface Props {
  value: KeyScope;
  onChange(scope: KeyScope): void;
  /** Says what is missing. */
  complain: boolean;
}

/** Everything that its role allows, or some apps and datasets only. */
export function ScopeField({ value, onChange, complain }: Props) {
  const t = useT(words);
  const name = useId();
  const { data: apps = [] } = useQuery(appsQuery);
  const { data: datasets = [] } = useQuery(datasetsQuery);
  const some = value.apps !== null || value.datasets !== null;
  const list = (label: string, of: keyof KeyScope, items: { id: string; name: string }[], empty: string) => (
    <div className="min-w-0">
      <p aria-hidden="true" className="mb-1 text-sm text-ink-2">
        {label}
      </p>
      <CheckList
        label={label}
        items={items.map((item) => ({ id: item.id, label: item.name }))}
        value={value[of] ?? []}
        onChange={(ids) => onChange({ ...value, [of]: ids })}
        empty={empty}
      />
    </div>
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 text-sm font-medium text-ink-2">{t('scope')}</legend>
      <Choice
        name={name}
        checked={!some}
        onChoose={() => onChange(EVERYTHING)}
        label={t('everything')}
        hint={t('everythingHint')}
      />
      <Choice
        name={name}
        checked={some}
        onChoose={() => onChange({ apps: [], datasets: [] })}
        label={t('onlySome')}
        hint={t('onlySomeHint')}
      />
      {some && (
        <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
          {list(t('apps'), 'apps', apps, t('noApps'))}
          {list(t('datasets'), 'datasets', datasets, t('noDatasets'))}
        </div>
      )}
      {complain && isEmpty(value) && (
        <p role="alert" className="text-sm text-bad">
          {t('scopeEmpty')}
        </p>
      )}
    </fieldset>
  );
}
