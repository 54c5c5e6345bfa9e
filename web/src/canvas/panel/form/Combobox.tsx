/** A text field with a list to choose from: typing filters, arrows walk, Enter takes. Free text may be allowed. */
import { Check, ChevronDown } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cn } from '@/lib/cn';
import { control as look } from '@/ui/field';
import type { Control } from './context';
import { OptionPopover } from './OptionPopover';

export interface ListOption {
  value: string;
  label: string;
  group: string;
  /** Right of the label. */
  mark?: ReactNode;
  /** A second line. */
  hint?: ReactNode;
}

interface Props {
  value: string;
  options: readonly ListOption[];
  /** Without it only what is in the list may be taken. */
  free?: boolean;
  onChange(value: string): void;
  control: Partial<Control>;
  label?: string;
  placeholder?: string;
  empty: string;
  /** Under the list, such as a link to where more is made. */
  footer?: ReactNode;
  mono?: boolean;
}

export function matching(options: readonly ListOption[], query: string): ListOption[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [...options];
  return options.filter((option) => {
    const text = `${option.label} ${option.value} ${option.group}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function Combobox({ value, options, free, onChange, control, label, placeholder, empty, footer, mono }: Props) {
  const list = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const shown = matching(options, typed ?? '');
  const text = typed ?? options.find((option) => option.value === value)?.label ?? value;
  const show = () => {
    if (control.disabled || open) return;
    setOpen(true);
    setAt(options.findIndex((option) => option.value === value));
  };
  const hide = () => {
    setOpen(false);
    setTyped(null);
  };
  const take = (next: string) => {
    hide();
    if (next !== value) onChange(next);
  };
  /** What was typed counts where free text does; elsewhere only if it names one of the list. */
  const leave = () => {
    if (typed === null) return hide();
    const exact = options.find((option) => option.value === typed.trim() || option.label === typed.trim());
    if (exact) take(exact.value);
    else if (free) take(typed.trim());
    else hide();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!open) return show();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((now) => (shown.length ? (now + step + shown.length) % shown.length : -1));
    } else if (event.key === 'Enter') {
      const chosen = open ? shown[at] : undefined;
      if (open) event.preventDefault();
      if (chosen) take(chosen.value);
      else leave();
    } else if (event.key === 'Escape' && open) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    }
  };
  return (
    <Popover.Root open={open} onOpenChange={(next) => !next && leave()}>
      <Popover.Anchor asChild>
        <div className="relative min-w-0 flex-1">
          <input
            {...control}
            ref={field}
            role="combobox"
            aria-label={label}
            aria-expanded={open}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={open && at >= 0 ? `${list}-${at}` : undefined}
            autoComplete="off"
            spellCheck={false}
            className={cn(look, 'truncate pr-8!', mono && 'font-mono text-sm')}
            value={text}
            placeholder={placeholder}
            onChange={(event) => {
              setTyped(event.target.value);
              setOpen(true);
              setAt(event.target.value.trim() && !free ? 0 : -1);
            }}
            onClick={show}
            onBlur={leave}
            onKeyDown={onKeyDown}
          />
          <ChevronDown
            size={15}
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 right-2.5 -translate-y-1/2 text-ink-3"
          />
        </div>
      </Popover.Anchor>
      <OptionPopover
        ofField={(target) => target instanceof Node && Boolean(field.current?.parentElement?.contains(target))}
        className="w-(--radix-popover-trigger-width) min-w-64"
        footer={footer}
      >
        <OptionList
          id={list}
          options={shown}
          at={at}
          chosen={value}
          onTake={take}
          empty={empty}
          label={label}
          mono={mono}
        />
      </OptionPopover>
    </Popover.Root>
  );
}

interface ListProps {
  id: string;
  options: readonly ListOption[];
  at: number;
  chosen?: string;
  onTake(value: string): void;
  empty: string;
  label?: string;
  mono?: boolean;
  /** Makes options draggable: what a drop writes. */
  dragged?(value: string): string;
}

/** The list itself, under the headings of its groups in the order in which they first appear. */
export function OptionList({ id, options, at, chosen, onTake, empty, label, mono, dragged }: ListProps) {
  const active = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the active option is another element whenever `at` changes
  useEffect(() => {
    active.current?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  return (
    <div id={id} role="listbox" aria-label={label ?? empty} className="max-h-72 min-h-0 flex-1 overflow-y-auto p-1">
      {options.length === 0 && <p className="px-2 py-2 text-sm text-ink-3">{empty}</p>}
      {options.map((option, index) => (
        <div key={option.value} role="presentation">
          {option.group && option.group !== options[index - 1]?.group && (
            <p role="presentation" className="truncate px-2 pt-2 pb-1 text-xs font-semibold text-ink-3">
              {option.group}
            </p>
          )}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which owns this list */}
          {/* biome-ignore lint/a11y/useFocusableInteractive: focus stays in the field, see aria-activedescendant */}
          <div
            ref={index === at ? active : undefined}
            id={`${id}-${index}`}
            role="option"
            aria-selected={chosen === undefined ? index === at : option.value === chosen}
            draggable={Boolean(dragged)}
            onDragStart={(event) => dragged && event.dataTransfer.setData('text/plain', dragged(option.value))}
            onClick={() => onTake(option.value)}
            className={cn(
              'flex min-h-8 items-center gap-2 rounded-md px-2 py-1 select-none hover:bg-sunken max-sm:min-h-10',
              index === at && 'bg-sunken outline-1 -outline-offset-1 outline-accent',
            )}
          >
            <span className="min-w-0 flex-1">
              <span className={cn('block truncate', mono && 'font-mono text-sm')}>{option.label}</span>
              {option.hint && <span className="block truncate text-sm text-ink-3">{option.hint}</span>}
            </span>
            {option.mark && <span className="shrink-0 text-xs text-ink-3">{option.mark}</span>}
            {option.value === chosen && <Check size={15} aria-hidden="true" className="shrink-0 text-accent" />}
          </div>
        </div>
      ))}
    </div>
  );
}
