/** What opens under a text field to choose from. The field keeps the focus: pressing on it, or in the list, closes nothing. */
import { Popover } from 'radix-ui';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface Props {
  /** Whether this is the field, or something in it. */
  ofField(target: EventTarget | null): boolean;
  /** Its width. */
  className: string;
  /** Below the list. */
  footer?: ReactNode;
  children: ReactNode;
}

export function OptionPopover({ ofField, className, footer, children }: Props) {
  return (
    <Popover.Portal>
      <Popover.Content
        align="start"
        sideOffset={4}
        collisionPadding={8}
        onOpenAutoFocus={(event) => event.preventDefault()}
        onCloseAutoFocus={(event) => event.preventDefault()}
        onInteractOutside={(event) => ofField(event.target) && event.preventDefault()}
        onPointerDown={(event) => event.preventDefault()}
        role="presentation"
        className={cn(
          'enter-fade z-50 flex max-h-(--radix-popover-content-available-height) flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-raised',
          className,
        )}
      >
        {children}
        {footer && <div className="border-t border-line p-1">{footer}</div>}
      </Popover.Content>
    </Popover.Portal>
  );
}
