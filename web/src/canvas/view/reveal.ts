/** The view that shows what has just come to the canvas, moved no more than it must be. Pure. */
import type { Rect, Viewport } from '@xyflow/react';
import { FIT, fitted } from './whole';

const MARGIN = 24;
const pixels = (padding: string) => Number.parseInt(padding, 10);

/** Null where all of it is in view already. Where it does not fit at this zoom, it is seen from farther away. */
export function revealed(bounds: Rect, now: Viewport, width: number, height: number): Viewport | null {
  const { zoom } = now;
  const [left, top] = [bounds.x * zoom + now.x, bounds.y * zoom + now.y];
  const [wide, tall] = [bounds.width * zoom, bounds.height * zoom];
  const seen = left >= MARGIN && top >= MARGIN && left + wide <= width - MARGIN && top + tall <= height - MARGIN;
  if (seen) return null;
  const [above, below, beside] = [FIT.padding.top, FIT.padding.bottom, FIT.padding.left].map(pixels) as [
    number,
    number,
    number,
  ];
  const room = { x: width - 2 * beside, y: height - above - below };
  if (wide > room.x || tall > room.y) return fitted(bounds, width, height);
  return { zoom, x: beside + (room.x - wide) / 2 - bounds.x * zoom, y: above + (room.y - tall) / 2 - bounds.y * zoom };
}
