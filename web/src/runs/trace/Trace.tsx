import { useVirtualizer } from '@tanstack/react-virtual';
import { ListTree } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { hasEnded, type RunView } from '../fold';
import type { Names } from '../useNames';
import { useNow } from '../useNow';
import { words } from '../words';
import { axisOf, rowsOf, type TraceRow } from './rows';
import { AxisHead, COLUMNS, ROW_HEIGHT, Row } from './TraceRow';
import { around } from './tree';

interface Props {
  view: RunView;
  names: Names;
  selected: string | null;
  onSelect(path: string): void;
  className?: string;
}

/** The waterfall: a row per node in the order of their start, live while the run goes; passes of containers are folded
 * rows under them. Arrows move, right and left unfold and fold, Enter opens. */
export function Trace({ view, names, selected, onSelect, className }: Props) {
  const t = useT(words);
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const going = view.status === 'running';
  const axis = axisOf(view, useNow(going));
  const { open, toggle } = useOpen(selected);
  const rows = rowsOf(view, axis, open);
  const [cursor, setCursor] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    initialRect: { width: 800, height: 400 },
  });
  // A pass has no values to show: only the cursor is on it.
  const current = cursor !== null && rows.some((row) => row.id === cursor) ? cursor : selected;
  const at = rows.findIndex((row) => row.id === current);
  // A row that was chosen elsewhere comes into view; one that is in view stays where it is.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another is chosen
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
  }, [selected]);
  useEffect(() => setCursor(selected), [selected]);
  const choose = (row: TraceRow) => {
    setCursor(row.id);
    if (row.pass === null) onSelect(row.id);
    else toggle(row.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const here = rows[at];
    if (here && (event.key === 'ArrowRight' || event.key === 'ArrowLeft') && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      const unfold = event.key === 'ArrowRight';
      if (here.open === !unfold) toggle(here.id);
      else if (!unfold && here.depth) setCursor(here.id.slice(0, here.id.lastIndexOf('/')));
      return;
    }
    const last = rows.length - 1;
    const to: Record<string, number> = {
      ArrowDown: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: last,
      Enter: Math.max(0, at),
      ' ': Math.max(0, at),
    };
    const row = rows[to[event.key] ?? -1];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move nodes on the canvas
    const opens = event.key === 'Enter' || event.key === ' ';
    if (row.pass !== null && !opens) setCursor(row.id);
    else choose(row);
    virtual.scrollToIndex(rows.indexOf(row), { align: 'auto' });
  };
  if (!rows.length) {
    return (
      <p className={cn('flex h-full items-center justify-center gap-2 p-6 text-ink-3', className)}>
        <ListTree size={16} aria-hidden="true" />
        {hasEnded(view.status) ? t('noSteps') : t('stepsSoon')}
      </p>
    );
  }
  return (
    <div className={cn('@container flex min-h-0 flex-col', className)}>
      <div aria-hidden="true" className={cn(COLUMNS, 'h-7 shrink-0 border-b border-line text-xs text-ink-3')}>
        <span>{t('node')}</span>
        <span className="@max-md:invisible">{t('status')}</span>
        <AxisHead length={axis.length} />
        <span className="text-right">{t('time')}</span>
        <span className="text-right @max-md:hidden">{t('tokensHead')}</span>
      </div>
      <div
        ref={box}
        role="tree"
        tabIndex={0}
        aria-label={t('steps')}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        onKeyDown={onKeyDown}
        className="group/trace min-h-0 flex-1 overflow-y-auto -outline-offset-2"
      >
        <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return (
              row && (
                <Row
                  key={row.id}
                  id={`${id}-${index}`}
                  row={row}
                  title={row.pass === null ? names.title(row.id) : t('passN', { n: row.pass + 1 })}
                  type={row.pass === null ? names.type(row.id) : undefined}
                  selected={row.id === current}
                  top={start}
                  onSelect={() => choose(row)}
                  onToggle={() => toggle(row.id)}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Which containers and passes are unfolded; those around what was chosen elsewhere unfold by themselves. */
function useOpen(selected: string | null) {
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set());
  useEffect(() => {
    if (selected?.includes('/')) setOpen((before) => new Set([...before, ...around(selected)]));
  }, [selected]);
  const toggle = (id: string) =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return { open, toggle };
}
