import { Plus, Trash2 } from 'lucide-react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { type Row, TYPES } from './variables';
import { words } from './words';

/** The declared variables of a conversation: name, type, default. */
export function VariableRows({ rows, onChange }: { rows: Row[]; onChange(rows: Row[]): void }) {
  const t = useT(words);
  const set = (key: number, patch: Partial<Row>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...patch } : row)));
  const add = () =>
    onChange([...rows, { key: Math.max(0, ...rows.map(({ key }) => key)) + 1, name: '', type: 'string', text: '' }]);
  return (
    <fieldset>
      <legend className="text-sm font-medium text-ink-2">{t('variables')}</legend>
      <p className="text-sm text-ink-3">{t('variablesHint')}</p>
      <ul className="mt-2 flex flex-col gap-2">
        {rows.map((row) => (
          <li key={row.key} className="flex items-center gap-2 max-sm:flex-wrap">
            <Input
              aria-label={t('variableName')}
              placeholder={t('variableName')}
              className="min-w-28 flex-1 font-mono"
              maxLength={64}
              value={row.name}
              onChange={(event) => set(row.key, { name: event.target.value })}
            />
            <Select
              label={t('variableType')}
              className="w-28!"
              value={row.type}
              onChange={(type) => set(row.key, { type })}
              options={[
                ...TYPES.map((type) => ({ value: type as string, label: t(`type_${type}`) })),
                ...(TYPES.some((type) => type === row.type) ? [] : [{ value: row.type, label: row.type }]),
              ]}
            />
            <Input
              aria-label={t('variableDefault')}
              placeholder={t('variableDefault')}
              className="min-w-28 flex-1"
              value={row.text}
              onChange={(event) => set(row.key, { text: event.target.value })}
            />
            <IconButton
              size="small"
              icon={Trash2}
              label={t('removeVariable', { name: row.name })}
              onClick={() => onChange(rows.filter(({ key }) => key !== row.key))}
            />
          </li>
        ))}
      </ul>
      <Button size="small" icon={Plus} className="mt-2" onClick={add}>
        {t('addVariable')}
      </Button>
    </fieldset>
  );
}
