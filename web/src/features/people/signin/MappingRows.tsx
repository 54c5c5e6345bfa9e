import { Plus, Trash2 } from 'lucide-react';
import type { Group } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { RoleSelect } from '../RoleSelect';
import { words } from '../words';
import type { Row } from './form';

interface Props {
  groups: Group[];
  value: Row[];
  onChange(rows: Row[]): void;
}

/** Which of the provider's groups gives which role and group here. */
export function MappingRows({ groups, value, onChange }: Props) {
  const t = useT(words);
  const c = useCommon();
  const set = (key: number, change: Partial<Row>) =>
    onChange(value.map((row) => (row.key === key ? { ...row, ...change } : row)));
  const add = () => {
    const key = 1 + Math.max(-1, ...value.map((row) => row.key));
    onChange([...value, { key, value: '', role: null, group_id: null }]);
  };
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-medium text-ink-2">{t('mappings')}</legend>
      <p className="mb-2 text-sm text-ink-3">{t('mappingsHelp')}</p>
      <ul className="flex flex-col gap-2">
        {value.map((row) => (
          <li
            key={row.key}
            className="grid grid-cols-[minmax(0,1fr)_10rem_10rem_auto] items-center gap-2 max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:rounded-md max-sm:border max-sm:border-line max-sm:p-2"
          >
            <Input
              aria-label={t('mappingValue')}
              placeholder={t('mappingValue')}
              value={row.value}
              autoCapitalize="none"
              spellCheck={false}
              onChange={(event) => set(row.key, { value: event.target.value })}
              className="max-sm:col-span-2"
            />
            <RoleSelect
              label={t('role')}
              none={t('noRole')}
              value={row.role ?? ''}
              onChange={(role) => set(row.key, { role: role || null })}
              className="max-sm:col-span-2"
            />
            <Select
              label={t('group')}
              value={row.group_id ?? ''}
              onChange={(id) => set(row.key, { group_id: id || null })}
              options={[
                { value: '', label: t('noGroup') },
                ...groups.map((group) => ({ value: group.id, label: group.name })),
              ]}
            />
            <IconButton
              icon={Trash2}
              size="small"
              label={`${c('delete')}: ${row.value || t('mappingValue')}`}
              onClick={() => onChange(value.filter((one) => one.key !== row.key))}
            />
          </li>
        ))}
      </ul>
      <Button size="small" icon={Plus} className="mt-2" onClick={add}>
        {t('addMapping')}
      </Button>
    </fieldset>
  );
}
