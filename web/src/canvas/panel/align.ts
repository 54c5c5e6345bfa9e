/** Places of several nodes put in line or spaced evenly. Pure. */
import type { Point } from '../graph/document';

export interface Box extends Point {
  id: string;
  width: number;
  height: number;
}

export type Way = 'left' | 'center' | 'top' | 'middle' | 'row' | 'column';

export function aligned(boxes: readonly Box[], way: Way): Map<string, Point> {
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  if (way === 'row') return spaced(boxes, 'x', 'width', right - left);
  if (way === 'column') return spaced(boxes, 'y', 'height', bottom - top);
  const place = (box: Box): Point => {
    if (way === 'left') return { x: left, y: box.y };
    if (way === 'center') return { x: (left + right - box.width) / 2, y: box.y };
    if (way === 'top') return { x: box.x, y: top };
    return { x: box.x, y: (top + bottom - box.height) / 2 };
  };
  return new Map(boxes.map((box) => [box.id, place(box)]));
}

/** The first and the last stay; those between get equal gaps. */
function spaced(boxes: readonly Box[], axis: 'x' | 'y', size: 'width' | 'height', extent: number): Map<string, Point> {
  const order = [...boxes].sort((a, b) => a[axis] - b[axis]);
  const filled = boxes.reduce((sum, box) => sum + box[size], 0);
  const gap = Math.max(20, (extent - filled) / Math.max(1, boxes.length - 1));
  let at = order[0]?.[axis] ?? 0;
  const found = new Map<string, Point>();
  for (const box of order) {
    found.set(box.id, { x: box.x, y: box.y, [axis]: at });
    at += box[size] + gap;
  }
  return found;
}
