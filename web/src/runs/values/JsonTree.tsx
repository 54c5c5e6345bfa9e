import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { TreeRowView } from './TreeRowView';
import { firstOpen, rowsOf } from './tree';

const ROW = 24;
const TALLEST = 15;

/** A nested value as a tree: arrows move and fold, only the rows in view are in the document. */
export function JsonTree({ value, name }: { value: unknown; name: string }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(value));
  const [at, setAt] = useState(0);
  const rows = useMemo(() => rowsOf(value, (row) => open.has(row)), [value, open]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 10,
    initialRect: { width: 400, height: ROW * TALLEST },
  });
  const current = Math.min(at, rows.length - 1);
  const go = (index: number) => {
    const next = Math.min(rows.length - 1, Math.max(0, index));
    setAt(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const toggle = (index: number) => {
    const row = rows[index];
    setAt(index);
    if (!row?.size) return;
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(row.id)) next.add(row.id);
      return next;
    });
  };
  const parentOf = (index: number) => {
    const depth = rows[index]?.depth ?? 0;
    return rows.findLastIndex((row, place) => place < index && row.depth < depth);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.target !== box.current) return;
    const isOpen = row.size > 0 && open.has(row.id);
    const acts: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      PageDown: () => go(current + TALLEST),
      PageUp: () => go(current - TALLEST),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row.size && !isOpen ? toggle(current) : go(current + (row.size ? 1 : 0))),
      ArrowLeft: () => (isOpen ? toggle(current) : go(parentOf(current))),
      Enter: () => toggle(current),
      ' ': () => toggle(current),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move nodes on the canvas
    act();
  };
  const drawn = virtual.getVirtualItems();
  const inView = drawn.some(({ index }) => index === current);
  return (
    <div
      ref={box}
      role="tree"
      tabIndex={0}
      aria-label={name}
      aria-activedescendant={inView ? `${id}-${current}` : undefined}
      onKeyDown={onKeyDown}
      className="group/tree overflow-auto rounded-md bg-sunken py-1 font-mono text-sm -outline-offset-1"
      style={{ maxHeight: ROW * TALLEST + 8 }}
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {drawn.map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <TreeRowView
                key={row.id}
                id={`${id}-${index}`}
                row={row}
                open={row.size > 0 && open.has(row.id)}
                active={index === current}
                top={start}
                onToggle={() => toggle(index)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
