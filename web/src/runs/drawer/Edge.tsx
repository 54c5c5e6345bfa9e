import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useT } from '@/i18n';
import { words } from '../words';
import { clampHeight, DEFAULT_HEIGHT, MIN_HEIGHT, maxHeight } from './kept';

const STEP = 32;

interface Props {
  height: number;
  onHeight(height: number): void;
}

/** The upper edge of the drawer: drag it, or move it by arrow keys; a double click gives the usual height back. */
export function Edge({ height, onHeight }: Props) {
  const t = useT(words);
  const from = useRef<{ y: number; height: number } | null>(null);
  const set = (next: number) => onHeight(clampHeight(next, innerHeight));
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { y: event.clientY, height };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (from.current) set(from.current.height + from.current.y - event.clientY);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next: Record<string, number> = {
      ArrowUp: height + STEP,
      ArrowDown: height - STEP,
      Home: MIN_HEIGHT,
      End: maxHeight(innerHeight),
    };
    const wanted = next[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // arrows move nodes elsewhere
    set(wanted);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved; this is the pattern of a window splitter
    <div
      role="separator"
      tabIndex={0}
      aria-orientation="horizontal"
      aria-label={t('resize')}
      aria-valuenow={height}
      aria-valuemin={MIN_HEIGHT}
      aria-valuemax={maxHeight(innerHeight)}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        from.current = null;
      }}
      onLostPointerCapture={() => {
        from.current = null;
      }}
      onDoubleClick={() => set(DEFAULT_HEIGHT)}
      onKeyDown={onKeyDown}
      className="group absolute inset-x-0 -top-1.5 z-10 h-3 cursor-row-resize touch-none outline-none"
    >
      <span className="absolute inset-x-0 top-1 h-0.5 bg-transparent transition-colors duration-120 group-hover:bg-accent group-focus-visible:bg-focus" />
    </div>
  );
}
