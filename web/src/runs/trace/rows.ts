/** A run's nodes on a common time axis. Pure. */
import { FRESH, type NodeStatus, type NodeView, type RunView } from '../fold';
import type { PassView } from '../passes';
import { triesOf } from '../readings';
import { type TreeRow, treeOf } from './tree';

export interface TraceRow {
  /** Path of a node, or of a pass. */
  id: string;
  depth: number;
  /** Null: nothing is inside. */
  open: boolean | null;
  /** Of a pass: its number, from 0. */
  pass: number | null;
  /** Of a container: how many passes it began, how many of them are over, how many failed. */
  passes: NodeView['passes'];
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

const NONE: ReadonlySet<string> = new Set();

/** The rows in view, in the order in which they began; `now` ends the bars of those that go on. */
export function rowsOf(view: RunView, axis: Axis, open: ReadonlySet<string> = NONE): TraceRow[] {
  const now = axis.from + axis.length;
  return treeOf(view, open).map((row) => {
    const { status, attempt, startedAt, endedAt, tokens } = row.pass ? ofPass(view, row.pass) : ofNode(row);
    const end = endedAt ?? now;
    const ms = startedAt === null ? null : Math.max(0, end - startedAt);
    const left = startedAt === null ? 0 : Math.min(1, Math.max(0, (startedAt - axis.from) / axis.length));
    const bar = ms === null ? null : { left, width: Math.min(1 - left, ms / axis.length) };
    const { id, depth, open, pass, node } = row;
    const passes = node?.passes ?? null;
    return { id, depth, open, pass: pass?.number ?? null, passes, status, attempt, bar, ms, tokens };
  });
}

function ofNode({ node = FRESH }: TreeRow) {
  const { status, startedAt, endedAt, usage } = node;
  return { status, attempt: triesOf(node), startedAt, endedAt, tokens: (usage?.input ?? 0) + (usage?.output ?? 0) };
}

function ofPass(view: RunView, { active, failed, startedAt, at }: PassView) {
  const going: NodeStatus = view.status === 'paused' ? 'paused' : 'running';
  const status: NodeStatus = active ? going : failed ? 'failed' : 'succeeded';
  return { status, attempt: 1, startedAt, endedAt: active ? null : at, tokens: 0 };
}

/** Round places on the axis, from 0, about `count` of them, in milliseconds. */
export function ticksOf(length: number, count = 4): number[] {
  const rough = length / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((one) => one >= rough) ?? rough);
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, n) => n * step);
}
