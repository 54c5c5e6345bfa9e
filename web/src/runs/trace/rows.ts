/** A run's nodes on a common time axis. Pure. */
import type { NodeStatus, RunView } from '../fold';
import { inOrder } from '../readings';

export interface TraceRow {
  id: string;
  status: NodeStatus;
  attempt: number;
  /** Where its bar begins and how long it is, in parts of the axis; null where it never began. */
  bar: { left: number; width: number } | null;
  ms: number | null;
  tokens: number;
}

export interface Axis {
  /** Milliseconds since 1970. */
  from: number;
  /** Milliseconds. */
  length: number;
}

export function axisOf(view: RunView, now: number): Axis {
  const from = view.startedAt ?? now;
  const end = view.endedAt ?? Math.max(now, view.at ?? now);
  return { from, length: Math.max(1, end - from) };
}

/** One row per node, in the order in which they began; `now` ends the bars of those that go on. */
export function rowsOf(view: RunView, axis: Axis): TraceRow[] {
  const now = axis.from + axis.length;
  return inOrder(view).map(([id, { status, attempt, startedAt, endedAt, usage }]) => {
    const end = endedAt ?? now;
    const ms = startedAt === null ? null : Math.max(0, end - startedAt);
    const left = startedAt === null ? 0 : Math.min(1, Math.max(0, (startedAt - axis.from) / axis.length));
    const bar = ms === null ? null : { left, width: Math.min(1 - left, ms / axis.length) };
    return { id, status, attempt, bar, ms, tokens: (usage?.input ?? 0) + (usage?.output ?? 0) };
  });
}

/** Round places on the axis, from 0, about `count` of them, in milliseconds. */
export function ticksOf(length: number, count = 4): number[] {
  const rough = length / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((one) => one >= rough) ?? rough);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => n * step);
}
