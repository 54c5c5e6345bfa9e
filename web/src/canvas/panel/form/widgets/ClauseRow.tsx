/** One comparison: a name in scope, an operator in words, and a value of the kind that fits both. */
import { X } from 'lucide-react';
import { useId } from 'react';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { usePanelWords } from '../../words';
import { type Control, useForm } from '../context';
import { FieldErrors } from '../FieldRow';
import { useChoiceLabel } from '../labels';
import { useDraft } from '../useDraft';
import { type CaseShape, type Clause, converted, valueKind } from './cases';
import { NumberInput } from './Number';
import { Tags } from './Tags';
import { VariablePicker } from './Variable';

interface Props {
  clause: Clause;
  n: number;
  shape: CaseShape;
  pointer: string;
  removable: boolean;
  onChange(clause: Clause): void;
  onRemove(): void;
}

export function ClauseRow({ clause, n, shape, pointer, removable, onChange, onRemove }: Props) {
  const t = usePanelWords();
  const name = useChoiceLabel();
  const id = useId();
  const { scope, readOnly, errors } = useForm();
  const operator = typeof clause.operator === 'string' ? clause.operator : shape.operator;
  const typeOf = (variable: string) => scope.find((one) => one.name === variable)?.type;
  const change = (patch: Partial<Clause>) => {
    const next = { ...clause, operator, ...patch };
    const kind = valueKind(next.operator, typeOf(next.variable));
    onChange({ ...next, value: converted(next.value, kind) });
  };
  const offered = shape.operators.includes(operator) ? shape.operators : [...shape.operators, operator];
  const found = ['', '/variable', '/operator', '/value'].flatMap((part) => errors.get(pointer + part) ?? []);
  const control: Partial<Control> = {
    'aria-describedby': found.length ? `${id}-error` : undefined,
    disabled: readOnly || undefined,
  };
  return (
    <fieldset data-field={pointer} aria-label={t('clauseN', { n })} className="flex min-w-0 flex-col gap-1">
      <div className="flex items-center gap-1">
        <VariablePicker
          value={clause.variable}
          onChange={(variable) => change({ variable })}
          control={{ ...control, id: `${id}-variable`, 'aria-invalid': found.length ? true : undefined }}
          label={t('variable')}
        />
        <IconButton
          icon={X}
          size="small"
          label={t('removeClause', { n })}
          disabled={readOnly || !removable}
          onClick={onRemove}
        />
      </div>
      <div className="flex items-start gap-1 pr-8">
        <Select
          className="w-32! shrink-0"
          label={t('operator')}
          value={operator}
          disabled={readOnly}
          onChange={(next) => change({ operator: next })}
          options={offered.map((one) => ({ value: one, label: name({ value: one, label: one }) }))}
        />
        <ClauseValue
          kind={valueKind(operator, typeOf(clause.variable))}
          value={clause.value}
          control={{ ...control, id: `${id}-value` }}
          onChange={(value) => onChange({ ...clause, operator, value })}
        />
      </div>
      <FieldErrors id={`${id}-error`} errors={found} />
    </fieldset>
  );
}

interface ValueProps {
  kind: ReturnType<typeof valueKind>;
  value: unknown;
  control: Partial<Control>;
  onChange(value: unknown): void;
}

function ClauseValue({ kind, value, control, onChange }: ValueProps) {
  const t = usePanelWords();
  if (kind === 'none') return null;
  if (kind === 'boolean') {
    return (
      <Select
        {...control}
        label={t('value')}
        value={String(value === true || value === 'true')}
        onChange={(next) => onChange(next === 'true')}
        options={[
          { value: 'true', label: t('yes') },
          { value: 'false', label: t('no') },
        ]}
      />
    );
  }
  if (kind === 'list') {
    const texts = (converted(value, 'list') as unknown[]).map(String);
    return <Tags texts={texts} onChange={onChange} control={control} label={t('value')} />;
  }
  if (kind === 'number') {
    const now = converted(value, 'number');
    return (
      <NumberInput
        value={typeof now === 'number' ? now : null}
        onChange={onChange}
        control={{ ...control, 'aria-label': t('value') }}
        placeholder={t('value')}
      />
    );
  }
  return <TextValue value={value} onChange={onChange} control={control} />;
}

function TextValue({ value, control, onChange }: Omit<ValueProps, 'kind'>) {
  const t = usePanelWords();
  const draft = useDraft(String(converted(value, 'text')), onChange);
  return (
    <Input
      {...control}
      aria-label={t('value')}
      placeholder={t('value')}
      value={draft.text}
      onChange={(event) => draft.onChange(event.target.value)}
      onBlur={draft.flush}
      className="flex-1"
    />
  );
}
