import { Trash2 } from 'lucide-react';
import { useT } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { words } from '../words';
import { ExpectValue } from './ExpectValue';
import { KINDS, type Kind, type Row, withKind } from './expectations';

interface Props {
  row: Row;
  n: number;
  outputs: string[];
  error: string | undefined;
  onChange(row: Row): void;
  onRemove(): void;
}

/** One expectation, read like a sentence: which output, what about it, and the value. */
export function ExpectRow({ row, n, outputs, error, onChange, onRemove }: Props) {
  const t = useT(words);
  const names = [...new Set([...outputs, row.output])].filter(Boolean);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw its legend into the row
    <div role="group" aria-label={t('expectationN', { n })} className="rounded-lg border border-line bg-canvas p-3">
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <Select
          label={t('whichOutput')}
          className="w-44! max-sm:flex-1"
          value={row.output}
          onChange={(output) => onChange({ ...row, output })}
          options={[{ value: '', label: t('theAnswer') }, ...names.map((name) => ({ value: name, label: name }))]}
        />
        {row.kind === 'judge' ? (
          <span className="px-1 text-ink-2">{t('does')}</span>
        ) : (
          <Select
            label={t('holdsOrNot')}
            className="w-28!"
            value={row.not ? 'not' : ''}
            onChange={(next) => onChange({ ...row, not: next === 'not' })}
            options={[
              { value: '', label: t('does') },
              { value: 'not', label: t('doesNot') },
            ]}
          />
        )}
        <Select
          label={t('whatKind')}
          className="w-52! max-sm:w-auto! max-sm:flex-1"
          value={row.kind}
          onChange={(next) => onChange(withKind(row, next as Kind))}
          options={KINDS.map((kind) => ({ value: kind, label: t(`kind_${kind}`), hint: t(`kind_${kind}_hint`) }))}
        />
        <span className="ml-auto">
          <IconButton icon={Trash2} size="small" label={t('removeExpectation', { n })} onClick={onRemove} />
        </span>
      </div>
      <ExpectValue row={row} error={error} onChange={onChange} />
    </div>
  );
}
