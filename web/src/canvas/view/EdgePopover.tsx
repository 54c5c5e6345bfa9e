import { Popover } from 'radix-ui';
import type { RefObject } from 'react';
import EdgeEditor from './EdgeEditor';
import { useWords } from './words';

interface Props {
  id: string;
  /** The button that it opens from. */
  anchor: RefObject<HTMLElement | null>;
  onClose(): void;
}

/** The editor of a mapping beside its line; fetched when the first one is opened. */
export default function EdgePopover({ id, anchor, onClose }: Props) {
  const t = useWords();
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLElement>} />
      <Popover.Portal>
        <Popover.Content
          sideOffset={8}
          collisionPadding={12}
          aria-label={t('mapping')}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            anchor.current?.focus();
          }}
          // A press on the button closes it by itself.
          onPointerDownOutside={(event) => anchor.current?.contains(event.target as Node) && event.preventDefault()}
          className="enter-fade z-40 w-112 max-w-[calc(100vw-24px)] rounded-lg border border-line bg-surface p-4 shadow-overlay"
        >
          <EdgeEditor id={id} onDone={onClose} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
