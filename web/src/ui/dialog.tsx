import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { IconButton } from './icon-button';

interface Props {
  open: boolean;
  onClose(): void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons, right-aligned under the content. */
  footer?: ReactNode;
  size?: 'small' | 'normal' | 'large';
  /** What it shows is shown once: only its own buttons close it, no slip. */
  held?: boolean;
}

const WIDTH = { small: 'max-w-sm', normal: 'max-w-lg', large: 'max-w-3xl' };

export function Dialog({ open, onClose, title, description, children, footer, size = 'normal', held }: Props) {
  const t = useCommon();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && !held && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="enter-fade fixed inset-0 z-40 grid grid-cols-[minmax(0,1fr)] items-center justify-items-center overflow-y-auto bg-scrim p-4 max-sm:items-end max-sm:p-0">
          <Radix.Content
            {...(description ? {} : { 'aria-describedby': undefined })}
            className={cn(
              'enter-up relative flex max-h-[calc(100dvh-2rem)] w-full flex-col rounded-lg border border-line bg-surface shadow-overlay max-sm:max-w-none max-sm:rounded-b-none',
              WIDTH[size],
            )}
          >
            <header className="px-5 pt-4 pr-14 pb-2">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-0.5 text-ink-2">{description}</Radix.Description>}
            </header>
            <div className="min-h-0 flex-1 overflow-y-auto px-5 py-2">{children}</div>
            {footer && <footer className="flex flex-wrap justify-end gap-2 px-5 pt-2 pb-4">{footer}</footer>}
            {/* Last in the order of Tab: the first field should get the focus. */}
            {!held && (
              <Radix.Close asChild>
                <IconButton icon={X} label={t('close')} size="small" className="absolute top-3.5 right-4" />
              </Radix.Close>
            )}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface DrawerProps {
  open: boolean;
  onClose(): void;
  title: ReactNode;
  /** Shown right of the title. */
  actions?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}

/** A panel from the right edge; on a phone it covers the screen. */
export function Drawer({ open, onClose, title, actions, children, wide }: DrawerProps) {
  const t = useCommon();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="enter-fade fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          // The panel itself, so that a screen reader starts at its title and no tooltip opens.
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            (event.currentTarget as HTMLElement).focus();
          }}
          tabIndex={-1}
          className={cn(
            'enter-right fixed inset-y-0 right-0 z-40 flex w-full flex-col border-l border-line bg-surface shadow-overlay outline-none',
            wide ? 'sm:max-w-3xl' : 'sm:max-w-md',
          )}
        >
          <header className="flex min-h-12 items-center gap-2 border-b border-line py-2 pr-2 pl-4">
            <Radix.Title className="min-w-0 flex-1 truncate text-md font-semibold">{title}</Radix.Title>
            {actions}
            <Radix.Close asChild>
              <IconButton icon={X} label={t('close')} />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
