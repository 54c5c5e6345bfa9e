/** One of a few values, several of them, or yes and no. */
import { Switch } from '@/ui/field';
import { type Option, Select } from '@/ui/select';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';
import { useChoiceLabel } from '../labels';
import { type FieldSpec, type Schema, same, specOf } from '../schema';

const NONE = '';
const keyOf = (value: unknown) => JSON.stringify(value) ?? NONE;

export function ChoiceField({ spec, value, onChange, control }: WidgetProps) {
  const t = usePanelWords();
  const name = useChoiceLabel();
  const now = value === undefined ? spec.fallback : value;
  const options: Option[] = spec.choices.map((choice) => ({ value: keyOf(choice.value), label: name(choice) }));
  if (spec.nullable) options.unshift({ value: NONE, label: t('notSet') });
  // What is set but not offered stays until people choose something else.
  if (now != null && !spec.choices.some((choice) => same(choice.value, now))) {
    options.push({ value: keyOf(now), label: typeof now === 'string' ? now : keyOf(now), hint: t('notOffered') });
  }
  const choose = (key: string) => onChange(key === NONE ? null : JSON.parse(key));
  return (
    <Select
      {...control}
      value={now == null ? NONE : keyOf(now)}
      placeholder={t('choose')}
      options={options}
      onChange={choose}
    />
  );
}

export function MultiField({ spec, root, value, onChange, control, label }: WidgetProps) {
  const name = useChoiceLabel();
  const chosen: unknown[] = Array.isArray(value) ? value : [];
  const offered = spec.choices.length ? spec.choices : itemChoices(spec, root);
  const toggle = (one: unknown, on: boolean) =>
    onChange(on ? [...chosen, one] : chosen.filter((other) => !same(other, one)));
  return (
    <div
      className="flex flex-col rounded-md border border-line px-1 py-0.5"
      aria-describedby={control['aria-describedby']}
    >
      {offered.map((choice, index) => (
        <label key={keyOf(choice.value)} className="flex min-h-7 items-center gap-2 rounded-sm px-1.5 hover:bg-sunken">
          <input
            id={index === 0 ? control.id : undefined}
            type="checkbox"
            aria-label={`${label}: ${name(choice)}`}
            className="size-3.5 accent-accent"
            disabled={control.disabled}
            checked={chosen.some((one) => same(one, choice.value))}
            onChange={(event) => toggle(choice.value, event.target.checked)}
          />
          {name(choice)}
        </label>
      ))}
    </div>
  );
}

export function SwitchField({ spec, value, onChange, control }: WidgetProps) {
  return <Switch {...control} checked={(value ?? spec.fallback) === true} onChange={onChange} />;
}

const itemChoices = (spec: FieldSpec, root: Schema) => specOf('', spec.schema.items, root, false).choices;
