/** Numbers: typed, stepped with the arrow keys, or by a slider with the number beside it. */
import { X } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { cn } from '@/lib/cn';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { usePanelWords } from '../../words';
import type { Control, WidgetProps } from '../context';
import { FieldErrors } from '../FieldRow';
import { usePlaceholder } from '../labels';
import { type FieldSpec, hintNumber, limits } from '../schema';
import { useDraft } from '../useDraft';

interface Props {
  value: number | null;
  onChange(value: number | null): void;
  control: Partial<Control>;
  min?: number;
  max?: number;
  step?: number;
  placeholder?: string;
  className?: string;
}

/** Full-width digits and signs, as Chinese input methods write them, are numbers too. */
export function readNumber(text: string): number | null | undefined {
  const plain = text.normalize('NFKC').replace(/[,\s]/g, '');
  if (plain === '') return null;
  const read = Number(plain);
  return Number.isFinite(read) ? read : undefined;
}

export function NumberInput({ value, onChange, control, min, max, step = 1, placeholder, className }: Props) {
  const t = usePanelWords();
  const draft = useDraft(
    value === null ? '' : String(value),
    (text) => {
      const read = readNumber(text);
      if (read !== undefined) onChange(read);
    },
    (text, other) => readNumber(text) === readNumber(other),
  );
  const read = readNumber(draft.text);
  const wrong = read === undefined;
  const onKeyDown = (event: KeyboardEvent) => {
    const way = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
    if (event.key === 'Enter') draft.flush();
    if (!way || wrong || event.nativeEvent.isComposing) return;
    event.preventDefault();
    const next = (read ?? min ?? 0) + way * step * (event.shiftKey ? 10 : 1);
    const bounded = Math.min(max ?? next, Math.max(min ?? next, next));
    // 0.1 + 0.2 should read 0.3.
    draft.onChange(String(Number(bounded.toPrecision(12))));
  };
  return (
    <div className={cn('min-w-0', className ?? 'flex-1')}>
      <Input
        {...control}
        role="spinbutton"
        aria-valuenow={read ?? undefined}
        aria-valuemin={min}
        aria-valuemax={max}
        aria-invalid={wrong || control['aria-invalid']}
        inputMode="decimal"
        autoComplete="off"
        className="figures"
        value={draft.text}
        placeholder={placeholder}
        onChange={(event) => draft.onChange(event.target.value)}
        onBlur={draft.flush}
        onKeyDown={onKeyDown}
      />
      {wrong && <FieldErrors id={`${control.id}-number`} errors={[t('faultNumber')]} />}
    </div>
  );
}

const numberOf = (value: unknown) => (typeof value === 'number' ? value : null);

function useNumber(spec: FieldSpec, onChange: WidgetProps['onChange']) {
  const t = usePanelWords();
  const { min, max } = limits(spec.schema);
  return {
    min,
    max,
    step: hintNumber(spec.hints, 'step') ?? 1,
    placeholder: usePlaceholder(spec) ?? (spec.nullable ? t('automatic') : undefined),
    onChange: (value: number | null) => onChange(value ?? (spec.nullable ? null : undefined)),
  };
}

export function NumberField({ spec, value, onChange, control }: WidgetProps) {
  return <NumberInput {...useNumber(spec, onChange)} value={numberOf(value)} control={control} />;
}

export function SliderField({ spec, value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const number = useNumber(spec, onChange);
  // A form may offer less than is allowed: the number beside the slider takes the rest.
  const min = hintNumber(spec.hints, 'minimum') ?? number.min ?? 0;
  const max = hintNumber(spec.hints, 'maximum') ?? number.max ?? Math.max(min + 1, 100);
  const step = hintNumber(spec.hints, 'step') ?? (spec.kind === 'integer' ? 1 : (max - min) / 20);
  const now = numberOf(value);
  const shown = now ?? numberOf(spec.fallback) ?? min;
  const draft = useDraft(String(shown), (text) => number.onChange(Number(text)));
  return (
    <div className="flex items-center gap-2">
      <input
        type="range"
        aria-label={label}
        min={min}
        max={max}
        step={step}
        disabled={control.disabled}
        value={Math.min(max, Math.max(min, Number(draft.text)))}
        onChange={(event) => draft.onChange(event.target.value)}
        onBlur={draft.flush}
        onPointerUp={draft.flush}
        className={cn('h-6 min-w-0 flex-1 accent-accent', now === null && 'opacity-60')}
      />
      <NumberInput {...number} step={step} value={now} control={control} className="w-20 shrink-0" />
      {spec.nullable && (
        <IconButton
          icon={X}
          size="small"
          label={t('reset', { name: label })}
          disabled={now === null || control.disabled}
          onClick={() => onChange(null)}
          className={cn('-ml-1', now === null && 'invisible')}
        />
      )}
    </div>
  );
}
