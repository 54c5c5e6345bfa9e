import { Check, ChevronDown } from 'lucide-react';
import { Select as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';
import { control } from './field';

export interface Option {
  value: string;
  label: string;
  /** A second line or a mark, not part of the accessible name. */
  hint?: ReactNode;
  disabled?: boolean;
}

interface Props {
  value: string;
  onChange(value: string): void;
  options: Option[];
  /** The accessible name where no Field gives one. */
  label?: string;
  id?: string;
  placeholder?: string;
  disabled?: boolean;
  className?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
}

// Radix forbids the empty string as a value; it is what "all" means in our filters.
const EMPTY = '\u0000';
const out = (value: string) => (value === '' ? EMPTY : value);
const back = (value: string) => (value === EMPTY ? '' : value);

export function Select({ value, onChange, options, label, placeholder, disabled, className, ...rest }: Props) {
  const known = value !== '' || options.some((option) => option.value === '');
  return (
    <Radix.Root value={known ? out(value) : ''} onValueChange={(next) => onChange(back(next))} disabled={disabled}>
      <Radix.Trigger
        aria-label={label}
        className={cn(control, 'flex items-center justify-between gap-2 text-left', className)}
        {...rest}
      >
        <span className="truncate">
          <Radix.Value placeholder={<span className="text-ink-3">{placeholder}</span>} />
        </span>
        <ChevronDown size={15} aria-hidden="true" className="shrink-0 text-ink-3" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className="enter-fade z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-lg border border-line bg-surface shadow-raised"
        >
          <Radix.Viewport className="p-1">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={out(option.value)}
                disabled={option.disabled}
                className="flex min-h-8 items-center gap-2 rounded-md py-1 pr-2 pl-2 outline-none select-none data-disabled:opacity-45 data-highlighted:bg-sunken max-sm:min-h-10"
              >
                <span className="min-w-0 flex-1">
                  <Radix.ItemText>{option.label}</Radix.ItemText>
                  {option.hint && <span className="block text-sm text-ink-3">{option.hint}</span>}
                </span>
                <Radix.ItemIndicator>
                  <Check size={15} aria-hidden="true" className="text-accent" />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
