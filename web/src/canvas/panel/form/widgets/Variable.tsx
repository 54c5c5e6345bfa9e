/** One name out of those in scope. */
import { usePanelWords } from '../../words';
import { Combobox } from '../Combobox';
import { type Control, useForm, type WidgetProps } from '../context';
import { FieldErrors } from '../FieldRow';
import { isKnown, useScopeOptions } from '../scope';
import { textOf } from './Text';

export function VariableField({ value, onChange, control, label }: WidgetProps) {
  return <VariablePicker value={textOf(value)} onChange={onChange} control={control} label={label} />;
}

interface Props {
  value: string;
  onChange(value: string): void;
  control: Partial<Control>;
  label?: string;
}

export function VariablePicker({ value, onChange, control, label }: Props) {
  const t = usePanelWords();
  const { scope, inputs } = useForm();
  const unknown = value !== '' && !control['aria-invalid'] && !isKnown(value, scope, inputs);
  return (
    <div className="min-w-0 flex-1">
      <Combobox
        free
        mono
        value={value}
        options={useScopeOptions()}
        onChange={onChange}
        control={control}
        label={control['aria-labelledby'] ? undefined : label}
        placeholder={t('chooseVariable')}
        empty={scope.length ? t('noSuchVariable') : t('noVariables')}
      />
      {unknown && <FieldErrors id={`${control.id}-unknown`} errors={[t('unknownName', { name: value })]} />}
    </div>
  );
}
