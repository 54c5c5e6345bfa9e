/** The library's side of `menu.tsx`: fetched with the first menu that is opened. */
import { Check, type LucideIcon } from 'lucide-react';
import { DropdownMenu as Radix } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { cn } from '@/lib/cn';

const ITEM =
  'flex min-h-8 items-center gap-2 rounded-md px-2 outline-none select-none data-highlighted:bg-sunken data-disabled:opacity-45 max-sm:min-h-10';

export interface MenuProps {
  trigger: ReactElement;
  children: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  align?: 'start' | 'center' | 'end';
  /** Opens as soon as it is there. */
  defaultOpen?: boolean;
}

export function Menu({ trigger, children, side = 'bottom', align = 'end', defaultOpen }: MenuProps) {
  return (
    <Radix.Root modal={false} defaultOpen={defaultOpen}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="enter-fade z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-raised"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export interface ItemProps {
  icon?: LucideIcon;
  onSelect(): void;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  shortcut?: string;
  children: ReactNode;
}

export function MenuItem({ icon: Icon, onSelect, danger, disabled, checked, shortcut, children }: ItemProps) {
  return (
    <Radix.Item disabled={disabled} onSelect={onSelect} className={cn(ITEM, danger && 'text-bad')}>
      {Icon && <Icon size={15} aria-hidden="true" className={cn('shrink-0', !danger && 'text-ink-3')} />}
      <span className="flex-1">{children}</span>
      {checked && <Check size={15} aria-hidden="true" className="text-accent" />}
      {shortcut && <kbd className="pl-4 font-mono text-xs text-ink-3">{shortcut}</kbd>}
    </Radix.Item>
  );
}

export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />;

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-xs font-semibold text-ink-3">{children}</Radix.Label>;
}
