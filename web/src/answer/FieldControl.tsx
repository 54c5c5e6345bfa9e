import type { InputField } from '@/api/types';
import { useT } from '@/i18n';
import { type ControlProps, Input, Switch, Textarea } from '@/ui/field';
import { LazySelect } from '@/ui/lazy-select';
import { kindOf } from './fields';
import { words } from './words';

interface Props {
  field: InputField;
  props: ControlProps;
  value: string;
  onChange(value: string): void;
}

/** The control for a field of a form: of the inputs of a run, or of what a node asks. */
export function FieldControl({ field, props, value, onChange }: Props) {
  const t = useT(words);
  const kind = kindOf(field);
  if (kind === 'boolean') {
    return <Switch {...props} checked={value === 'true'} onChange={(on) => onChange(String(on))} />;
  }
  if (kind === 'select') {
    return (
      <LazySelect
        id={props.id}
        aria-describedby={props['aria-describedby']}
        aria-invalid={props['aria-invalid']}
        value={value}
        placeholder={t('choose')}
        onChange={onChange}
        options={(field.options ?? []).map((option) => ({ value: String(option), label: String(option) }))}
      />
    );
  }
  if (kind === 'number') {
    return <Input {...props} inputMode="decimal" value={value} onChange={(event) => onChange(event.target.value)} />;
  }
  return (
    <Textarea
      {...props}
      rows={kind === 'line' ? 2 : 5}
      data-enter={kind === 'line' ? 'run' : undefined}
      className={kind === 'json' ? 'font-mono' : 'text-md'}
      spellCheck={kind !== 'json'}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
