import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { cn } from '@/lib/cn';
import { Spinner } from './spinner';

type Variant = 'primary' | 'default' | 'ghost' | 'danger';
type Size = 'normal' | 'small' | 'large';

const BASE =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none transition-colors duration-120 disabled:cursor-not-allowed disabled:opacity-55';

const VARIANTS: Record<Variant, string> = {
  primary: 'border-transparent bg-accent text-accent-ink not-disabled:hover:brightness-110',
  default: 'border-line bg-surface text-ink not-disabled:hover:border-line-strong not-disabled:hover:bg-sunken',
  ghost: 'border-transparent bg-transparent text-ink-2 not-disabled:hover:bg-sunken not-disabled:hover:text-ink',
  danger: 'border-line bg-surface text-bad not-disabled:hover:border-bad not-disabled:hover:bg-bad-soft',
};

const SIZES: Record<Size, string> = {
  small: 'h-7 px-2.5 text-sm',
  normal: 'h-8 px-3 text-base max-sm:h-10',
  large: 'h-10 px-4 text-md',
};

/** The look of a button, for links that act like one. */
export function buttonClass(variant: Variant = 'default', size: Size = 'normal', extra?: string) {
  return cn(BASE, VARIANTS[variant], SIZES[size], extra);
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  size?: Size;
  icon?: LucideIcon;
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ variant, size, icon: Icon, busy, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      className={buttonClass(variant, size, className)}
      {...rest}
    >
      {busy ? <Spinner size={15} /> : Icon && <Icon size={16} aria-hidden="true" className="shrink-0" />}
      {children}
    </button>
  );
}
