import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { cn } from '@/lib/cn';
import { Tooltip } from './tooltip';

export interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'aria-label'> {
  icon: LucideIcon;
  /** What it does: its accessible name and its tooltip. */
  label: string;
  shortcut?: string;
  size?: 'normal' | 'small';
  pressed?: boolean;
  side?: 'top' | 'right' | 'bottom' | 'left';
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({
  icon: Icon,
  label,
  shortcut,
  size = 'normal',
  pressed,
  side,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut} side={side}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        className={cn(
          'inline-flex shrink-0 items-center justify-center rounded-md transition-colors duration-120',
          'text-ink-2 not-disabled:hover:bg-sunken not-disabled:hover:text-ink disabled:cursor-not-allowed disabled:opacity-45',
          size === 'small' ? 'size-7' : 'size-8 max-sm:size-10',
          pressed && 'bg-accent-soft text-accent',
          className,
        )}
        {...rest}
      >
        <Icon size={size === 'small' ? 15 : 16} aria-hidden="true" />
      </button>
    </Tooltip>
  );
}
