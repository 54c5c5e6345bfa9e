import { Tooltip as Radix } from 'radix-ui';
import type { ReactElement } from 'react';

interface Props {
  text: string;
  shortcut?: string;
  side?: 'top' | 'right' | 'bottom' | 'left';
  children: ReactElement;
}

/** Says what a control is. Never the only place where something is said: touch has no hover. */
export function Tooltip({ text, shortcut, side = 'bottom', children }: Props) {
  return (
    <Radix.Provider delayDuration={400} skipDelayDuration={200}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            side={side}
            sideOffset={6}
            collisionPadding={8}
            className="enter-fade z-60 flex max-w-72 items-center gap-2 rounded-md bg-ink px-2 py-1 text-sm text-surface shadow-raised"
          >
            {text}
            {shortcut && <kbd className="font-mono text-xs opacity-70">{shortcut}</kbd>}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
