/** Size of a node and the places of its ports: one function of its ports, never measured. CSS uses the same numbers. */
import type { NodePorts } from '@/api/types';
import { branchHandle, inHandle, NODE_IN, NODE_OUT, outHandle } from './document';

export const WIDTH = 248;
/** Two lines: title and status, type and fact. */
export const HEAD = 60;
export const ROW = 24;
export const FOOT = 10;

export interface PortPlace {
  handle: string;
  side: 'left' | 'right';
  /** Middle of the dot, from the card's top. */
  y: number;
}

export const rowsOf = (ports: NodePorts) => Math.max(ports.inputs.length, ports.outputs.length + ports.branches.length);

export function heightOf(ports: NodePorts): number {
  const rows = rowsOf(ports);
  return rows ? HEAD + rows * ROW + FOOT : HEAD;
}

/** Inputs on the left; outputs, then branches, on the right. A side without ports has one handle at the head. */
export function portPlaces(ports: NodePorts): PortPlace[] {
  const at = (row: number) => HEAD + row * ROW + ROW / 2;
  const left = ports.inputs.map((port, row) => ({ handle: inHandle(port.name), side: 'left' as const, y: at(row) }));
  const right = [
    ...ports.outputs.map((port) => outHandle(port.name)),
    ...ports.branches.map((branch) => branchHandle(branch.id)),
  ].map((handle, row) => ({ handle, side: 'right' as const, y: at(row) }));
  // Always there, drawn only where it is the side's only one: what a mapping to an open name or an order ends at.
  return [
    ...left,
    ...right,
    { handle: NODE_IN, side: 'left', y: HEAD / 2 },
    { handle: NODE_OUT, side: 'right', y: HEAD / 2 },
  ];
}
