/** One setting: label, control, help and errors, tied together; a widget that breaks is replaced by plain JSON. */
import { CircleAlert } from 'lucide-react';
import { Component, type ReactNode, useId } from 'react';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { usePanelWords } from '../words';
import { type Control, type FormContext, isInside, useForm, type WidgetProps } from './context';
import { useFieldLabel } from './labels';
import { type FieldSpec, plainWidget, type Schema } from './schema';

interface Props {
  spec: FieldSpec;
  root: Schema;
  value: unknown;
  onChange(value: unknown): void;
  pointer: string;
  className?: string;
}

export function FieldRow({ spec, root, value, onChange, pointer, className }: Props) {
  const id = useId();
  const text = useText();
  const form = useForm();
  const label = useFieldLabel()(spec);
  const help = text(spec.help);
  const json = form.widgetFor('json');
  const wanted = form.widgetFor(spec.widget) ?? form.widgetFor(plainWidget(spec.schema, spec.kind, root));
  // A widget that would lose or misread what is there gives way: the data comes first.
  const widget = wanted && (value == null || !wanted.takes || wanted.takes(value, spec, root)) ? wanted : json;
  const errors = widget?.nested ? (form.errors.get(pointer) ?? []) : errorsInside(form.errors, pointer);
  const described = [errors.length && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ') || undefined;
  const control: Control = {
    id,
    'aria-labelledby': `${id}-label`,
    'aria-describedby': described,
    'aria-invalid': errors.length ? true : undefined,
    'aria-required': spec.required || undefined,
    disabled: form.readOnly || undefined,
  };
  if (!widget) return null;
  const props: WidgetProps = { spec, root, value, onChange, pointer, control, label };
  const { Component: Shown, beside, composite } = widget;
  return (
    <div
      data-field={pointer}
      {...(composite && { role: 'group', 'aria-labelledby': `${id}-label` })}
      className={cn('flex min-w-0 flex-col gap-1', className)}
    >
      <div className={cn('flex min-w-0 gap-2', beside ? 'min-h-7 items-center justify-between' : 'flex-col gap-1!')}>
        <Label id={`${id}-label`} htmlFor={composite ? undefined : id} required={spec.required}>
          {label}
        </Label>
        <Guard key={spec.widget} stand={json && <json.Component {...props} />}>
          <Shown {...props} />
        </Guard>
      </div>
      <FieldErrors id={`${id}-error`} errors={errors} />
      {help && (
        <p id={`${id}-help`} className="text-sm text-ink-3">
          {help}
        </p>
      )}
    </div>
  );
}

function errorsInside(errors: FormContext['errors'], pointer: string): readonly string[] {
  if (!errors.size) return NONE;
  return [...errors].flatMap(([place, sentences]) => (isInside(place, pointer) ? sentences : NONE));
}

const NONE: readonly string[] = [];

interface LabelProps {
  id: string;
  htmlFor?: string;
  required?: boolean;
  children: ReactNode;
}

function Label({ id, htmlFor, required, children }: LabelProps) {
  const t = usePanelWords();
  const inner = (
    <>
      {children}
      {required && (
        <span aria-hidden="true" title={t('requiredMark')} className="text-bad">
          {' *'}
        </span>
      )}
    </>
  );
  const look = 'min-w-0 text-sm font-medium text-ink-2 [overflow-wrap:anywhere]';
  return htmlFor ? (
    <label id={id} htmlFor={htmlFor} className={look}>
      {inner}
    </label>
  ) : (
    <span id={id} className={look}>
      {inner}
    </span>
  );
}

export function FieldErrors({ id, errors }: { id: string; errors: readonly string[] }) {
  if (!errors.length) return null;
  return (
    <div id={id} className="flex flex-col gap-0.5">
      {errors.map((error) => (
        <p key={error} className="flex items-start gap-1 text-sm text-bad">
          <CircleAlert size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
          <span className="min-w-0 [overflow-wrap:anywhere]">{error}</span>
        </p>
      ))}
    </div>
  );
}

interface GuardProps {
  stand: ReactNode;
  children: ReactNode;
}

/** A form comes from anybody's plugin: what cannot be drawn as it asks must still be editable. */
class Guard extends Component<GuardProps, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override render() {
    return this.state.broken ? this.props.stand : this.props.children;
  }
}
