/** A small list to choose from by typing: search field, arrows, Enter. Opens where it is asked for. */
import { Search } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { cn } from '@/lib/cn';
import type { Point } from '../graph/document';

export interface QuickItem {
  id: string;
  mark: ReactNode;
  title: ReactNode;
  /** Right of the title, smaller. */
  hint?: ReactNode;
}

interface Props {
  label: string;
  at: Point;
  items: readonly QuickItem[];
  query: string;
  onQuery(query: string): void;
  onPick(id: string): void;
  /** What the arrows have come to. */
  onActive?(id: string): void;
  onClose(): void;
  /** Said where nothing fits. */
  empty: string;
  note?: ReactNode;
}

const [WIDE, TALL, EDGE] = [320, 372, 8];

export function QuickList(props: Props) {
  const { label, at, items, query, onQuery, onPick, onActive, onClose, empty, note } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const [place, setPlace] = useState(0);
  const active = items[Math.min(place, items.length - 1)];
  const close = useRef(onClose);
  close.current = onClose;

  useLayoutEffect(() => {
    const before = document.activeElement;
    input.current?.focus();
    return () => {
      // What was chosen may have taken the focus already.
      if (before instanceof HTMLElement && document.activeElement === document.body)
        before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Element)) close.current();
    };
    addEventListener('pointerdown', outside, true);
    return () => removeEventListener('pointerdown', outside, true);
  }, []);

  const go = (to: number) => {
    const next = (to + items.length) % Math.max(1, items.length);
    setPlace(next);
    const item = items[next];
    if (!item) return;
    document.getElementById(`${id} ${item.id}`)?.scrollIntoView({ block: 'nearest' });
    onActive?.(item.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') go(place + 1);
    else if (event.key === 'ArrowUp') go(place - 1);
    else if (event.key === 'Enter') active && onPick(active.id);
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={box}
      className="enter-fade fixed z-40 flex max-h-93 w-80 max-w-[calc(100vw-16px)] flex-col overflow-hidden rounded-lg border border-line bg-surface shadow-overlay"
      style={{
        left: Math.max(EDGE, Math.min(at.x, innerWidth - WIDE - EDGE)),
        top: Math.max(EDGE, Math.min(at.y, innerHeight - TALL - EDGE)),
      }}
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search size={15} aria-hidden="true" className="shrink-0 text-ink-3" />
        <input
          ref={input}
          role="combobox"
          aria-label={label}
          aria-expanded="true"
          aria-controls={id}
          aria-autocomplete="list"
          aria-activedescendant={active ? `${id} ${active.id}` : undefined}
          placeholder={label}
          value={query}
          onChange={(event) => {
            setPlace(0);
            onQuery(event.target.value);
          }}
          onKeyDown={onKeyDown}
          className="h-10 min-w-0 flex-1 bg-transparent outline-none placeholder:text-ink-3"
        />
      </div>
      {note && <p className="border-b border-line px-3 py-1.5 text-sm text-ink-2">{note}</p>}
      <div id={id} role="listbox" aria-label={label} className="min-h-0 flex-1 overflow-y-auto p-1">
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field above has the keys
          <div
            key={item.id}
            id={`${id} ${item.id}`}
            role="option"
            aria-selected={item === active}
            onClick={() => onPick(item.id)}
            onPointerMove={() => index !== place && setPlace(index)}
            className={cn('flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1', item === active && 'bg-sunken')}
          >
            {item.mark}
            <span className="min-w-0 flex-1 truncate">{item.title}</span>
            {item.hint && <span className="shrink-0 text-xs text-ink-3">{item.hint}</span>}
          </div>
        ))}
      </div>
      <p role="status" className={items.length ? 'sr-only' : 'px-3 pt-1 pb-3 text-ink-2'}>
        {items.length ? '' : empty}
      </p>
    </div>
  );
}
