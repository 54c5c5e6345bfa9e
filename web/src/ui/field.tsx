import { CircleAlert } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, type Ref, type TextareaHTMLAttributes, useId } from 'react';
import { cn } from '@/lib/cn';

export const control =
  'h-8 w-full rounded-md border border-line-strong bg-surface px-2.5 text-ink transition-colors duration-120 placeholder:text-ink-3 hover:border-ink-3 focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-3 aria-invalid:border-bad max-sm:h-10';

export interface ControlProps {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  'aria-required'?: boolean;
}

interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: ReactNode;
  required?: boolean;
  /** Shown right of the label, such as "optional". */
  mark?: ReactNode;
  className?: string;
  children(props: ControlProps): ReactNode;
}

/** Label, control, help and error, tied together for assistive technology. */
export function Field({ label, help, error, required, mark, className, children }: FieldProps) {
  const id = useId();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(' ') || undefined;
  return (
    <div className={cn('flex min-w-0 flex-col gap-1', className)}>
      <div className="flex items-baseline justify-between gap-2 text-sm">
        <label htmlFor={id} className="font-medium text-ink-2">
          {label}
          {required && (
            <span aria-hidden="true" className="text-bad">
              {' *'}
            </span>
          )}
        </label>
        {mark && <span className="text-xs text-ink-3">{mark}</span>}
      </div>
      {children({
        id,
        'aria-describedby': described,
        'aria-invalid': error ? true : undefined,
        'aria-required': required || undefined,
      })}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1 text-sm text-bad">
          <CircleAlert size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
          <span>{error}</span>
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="text-sm text-ink-3">
          {help}
        </p>
      )}
    </div>
  );
}

export function Input({ className, ...rest }: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input className={cn(control, className)} {...rest} />;
}

export function Textarea({
  className,
  ...rest
}: TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> }) {
  return <textarea className={cn(control, 'h-auto! min-h-8 resize-y py-1.5 leading-5', className)} {...rest} />;
}

interface SwitchProps extends Partial<ControlProps> {
  checked: boolean;
  onChange(checked: boolean): void;
  disabled?: boolean;
  label?: string;
}

export function Switch({ checked, onChange, disabled, label, ...rest }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!checked)}
      className={cn(
        'relative h-5 w-9 shrink-0 rounded-full border transition-colors duration-120 disabled:opacity-45',
        checked ? 'border-accent bg-accent' : 'border-line-strong bg-sunken',
      )}
      {...rest}
    >
      <span
        className={cn(
          'absolute top-0.5 left-0.5 size-3.5 rounded-full transition-transform duration-120',
          checked ? 'translate-x-4 bg-accent-ink' : 'bg-line-strong',
        )}
      />
    </button>
  );
}
