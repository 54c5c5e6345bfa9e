/** Text of one line or many, and a value of any kind. */
import { Input, Switch } from '@/ui/field';
import { Select } from '@/ui/select';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';
import { usePlaceholder } from '../labels';
import { type FieldSpec, hintNumber } from '../schema';
import { useFieldScope } from '../scope';
import { useDraft } from '../useDraft';
import { NumberInput } from './Number';
import { SecretText } from './SecretText';

export const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** What an emptied text is in the document. */
export const emptied = (text: string, spec: FieldSpec) => (text === '' && spec.nullable ? null : text);

export function TextField({ spec, value, onChange, control }: WidgetProps) {
  const { secrets } = useFieldScope(spec);
  const draft = useDraft(textOf(value), (text) => onChange(emptied(text, spec)));
  return (
    <SecretText
      {...control}
      secrets={secrets}
      value={draft.text}
      placeholder={usePlaceholder(spec)}
      onText={draft.onChange}
      onBlur={draft.flush}
      onEnter={draft.flush}
    />
  );
}

export function TextAreaField({ spec, value, onChange, control }: WidgetProps) {
  const { secrets } = useFieldScope(spec);
  const draft = useDraft(textOf(value), (text) => onChange(emptied(text, spec)));
  return (
    <SecretText
      {...control}
      secrets={secrets}
      rows={hintNumber(spec.hints, 'rows') ?? 4}
      value={draft.text}
      placeholder={usePlaceholder(spec)}
      onText={draft.onChange}
      onBlur={draft.flush}
    />
  );
}

const KINDS = ['none', 'text', 'number', 'boolean', 'json'] as const;
type AnyKind = (typeof KINDS)[number];

function kindOf(value: unknown): AnyKind {
  if (value == null) return 'none';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'json';
}

const FIRST: Record<AnyKind, unknown> = { none: null, text: '', number: 0, boolean: true, json: [] };

/** Where a schema says nothing of the type: the kind is chosen, then the value. */
export function AnyField({ value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const kind = kindOf(value);
  return (
    <div className="flex items-start gap-1.5">
      <Select
        className="w-24! shrink-0"
        label={t('kindOf', { name: label })}
        value={kind}
        disabled={control.disabled}
        onChange={(next) => onChange(FIRST[next as AnyKind])}
        options={KINDS.map((one) => ({ value: one, label: t(`any_${one}`) }))}
      />
      {kind === 'text' && <PlainText value={textOf(value)} onChange={onChange} control={control} />}
      {kind === 'number' && <NumberInput value={Number(value)} onChange={onChange} control={control} />}
      {kind === 'boolean' && (
        <span className="flex h-8 items-center">
          <Switch
            aria-describedby={control['aria-describedby']}
            label={label}
            checked={value === true}
            onChange={onChange}
            disabled={control.disabled}
          />
        </span>
      )}
      {kind === 'json' && <JsonText value={value} onChange={onChange} control={control} />}
    </div>
  );
}

interface Plain {
  value: unknown;
  onChange(value: unknown): void;
  control: Partial<WidgetProps['control']>;
}

function PlainText({ value, onChange, control }: Plain) {
  const draft = useDraft(textOf(value), onChange);
  return (
    <Input
      {...control}
      value={draft.text}
      onChange={(event) => draft.onChange(event.target.value)}
      onBlur={draft.flush}
      className="flex-1"
    />
  );
}

function JsonText({ value, onChange, control }: Plain) {
  const draft = useDraft(
    JSON.stringify(value),
    (text) => {
      const read = readJson(text);
      if (read) onChange(read.value);
    },
    (text, other) => JSON.stringify(readJson(text)?.value) === other,
  );
  return (
    <Input
      {...control}
      aria-invalid={readJson(draft.text) ? control['aria-invalid'] : true}
      className="flex-1 font-mono text-sm"
      spellCheck={false}
      value={draft.text}
      onChange={(event) => draft.onChange(event.target.value)}
      onBlur={draft.flush}
    />
  );
}

export function readJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}
