/** Where a tooltip goes: beside its control, on the other side where there is no room, always within the window. Pure. */

export type Side = 'top' | 'right' | 'bottom' | 'left';

interface Size {
  width: number;
  height: number;
}

interface Box extends Size {
  left: number;
  top: number;
}

const GAP = 6;
const EDGE = 8;

const OTHER: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' };

export function tipPlace(anchor: Box, tip: Size, side: Side, window: Size): { left: number; top: number } {
  const wanted = beside(anchor, tip, side);
  const there = fits(wanted, tip, side, window) ? wanted : beside(anchor, tip, OTHER[side]);
  return {
    left: Math.max(EDGE, Math.min(there.left, window.width - tip.width - EDGE)),
    top: Math.max(EDGE, Math.min(there.top, window.height - tip.height - EDGE)),
  };
}

function beside(anchor: Box, tip: Size, side: Side): { left: number; top: number } {
  const left = anchor.left + (anchor.width - tip.width) / 2;
  const top = anchor.top + (anchor.height - tip.height) / 2;
  switch (side) {
    case 'top':
      return { left, top: anchor.top - tip.height - GAP };
    case 'bottom':
      return { left, top: anchor.top + anchor.height + GAP };
    case 'left':
      return { left: anchor.left - tip.width - GAP, top };
    case 'right':
      return { left: anchor.left + anchor.width + GAP, top };
  }
}

function fits(at: { left: number; top: number }, tip: Size, side: Side, window: Size): boolean {
  if (side === 'top') return at.top >= EDGE;
  if (side === 'bottom') return at.top + tip.height <= window.height - EDGE;
  if (side === 'left') return at.left >= EDGE;
  return at.left + tip.width <= window.width - EDGE;
}
