/** Where a new node goes: near what is wanted, over nothing that is there. Pure. */
import type { GraphNode, NodePorts } from '@/api/types';
import { type Point, positionOf, snap } from '../graph/document';
import { heightOf, WIDTH } from '../graph/geometry';

export interface Box extends Point {
  width: number;
  height: number;
}

const GAP = 20;
/** Between a node and one that follows it: what tidying up leaves, too. */
export const BESIDE = 72;

export const boxOf = (node: GraphNode, ports: NodePorts): Box => ({
  ...positionOf(node),
  width: WIDTH,
  height: heightOf(ports),
});

/** The smallest box around some boxes; null around none. */
export function around(boxes: readonly Box[]): Box | null {
  if (!boxes.length) return null;
  const [x, y] = [Math.min(...boxes.map((box) => box.x)), Math.min(...boxes.map((box) => box.y))];
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height + GAP && b.y < a.y + a.height + GAP;

/** The first free place for a box of that size: `at` itself, else below and above it, then further and further away. */
export function freePlace(taken: readonly Box[], at: Point, height: number): Point {
  const start = { x: snap(at.x), y: snap(at.y) };
  const isFree = (place: Point) => !taken.some((box) => overlap(box, { ...place, width: WIDTH, height }));
  const [right, down] = [WIDTH + BESIDE, snap(height + 2 * GAP)];
  for (let ring = 0; ring < 60; ring++) {
    for (let column = 0; column <= Math.floor(ring / 3); column++) {
      for (const side of column ? [1, -1] : [1]) {
        for (const row of ring ? [ring, -ring] : [0]) {
          const place = { x: start.x + side * column * right, y: start.y + row * (down / 2) };
          if (isFree(place)) return place;
        }
      }
    }
  }
  return start;
}

/** Right of a node, in line with its head. */
export const besidePlace = (box: Box): Point => ({ x: box.x + box.width + BESIDE, y: box.y });
