/** A list under a button, with a search: for what is taken once, such as a name to put into a text. */
import { Popover } from 'radix-ui';
import { type KeyboardEvent, type ReactElement, type ReactNode, useId, useState } from 'react';
import { Input } from '@/ui/field';
import { type ListOption, matching, OptionList } from './Combobox';

const WIDE = '(min-width: 800px)';

interface Props {
  trigger: ReactElement;
  /** Names the list. */
  label: string;
  search: string;
  /** Asked for when it opens. */
  options(): readonly ListOption[];
  onTake(value: string): void;
  /** Said where nothing is found, or nothing is there. */
  none(total: number): string;
  dragged?(value: string): string;
  hint?: ReactNode;
  /** Under the list, such as a link to where more is made. */
  footer?: ReactNode;
  mono?: boolean;
}

export function PickList(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger asChild>{props.trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          // Beside the panel where there is room: what it is for stays in view, and a name can be dragged there.
          side={globalThis.matchMedia?.(WIDE).matches ? 'left' : 'bottom'}
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label={props.label}
          // The text gets the focus with what was put into it; closing by Escape gives it back to the button.
          onCloseAutoFocus={(event) => document.activeElement !== document.body && event.preventDefault()}
          className="enter-fade z-50 flex max-h-(--radix-popover-content-available-height) w-80 max-w-[calc(100vw-16px)] flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-raised"
        >
          <Found {...props} close={() => setOpen(false)} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Found({
  label,
  search,
  options,
  onTake,
  none,
  dragged,
  hint,
  footer,
  mono,
  close,
}: Props & { close(): void }) {
  const list = useId();
  const [all] = useState(options);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const shown = matching(all, query);
  const take = (value: string) => {
    close();
    onTake(value);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step && shown.length) {
      event.preventDefault();
      setAt((now) => (now + step + shown.length) % shown.length);
    }
    const chosen = shown[at];
    if (event.key === 'Enter' && chosen) {
      event.preventDefault();
      take(chosen.value);
    }
  };
  return (
    <>
      <div className="border-b border-line p-1.5">
        <Input
          role="combobox"
          aria-label={search}
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={shown.length ? `${list}-${at}` : undefined}
          placeholder={search}
          value={query}
          autoComplete="off"
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <OptionList
        id={list}
        mono={mono}
        label={label}
        options={shown}
        at={at}
        onTake={take}
        dragged={dragged}
        empty={none(all.length)}
      />
      {hint && all.length > 0 && <p className="border-t border-line px-3 py-1.5 text-xs text-ink-3">{hint}</p>}
      {footer && <div className="border-t border-line p-1 empty:hidden">{footer}</div>}
    </>
  );
}
