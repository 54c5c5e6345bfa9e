/** Two runs side by side, node by node. Pure. */
import type { NodeView, RunView } from '@/runs/fold';
import { insideOf, passesOf } from './passes';

export interface Pair {
  /** The node's path. */
  path: string;
  a: NodeView | null;
  b: NodeView | null;
  /** What is not the same; empty where all is. */
  differs: Difference[];
}

export type Difference = 'only_a' | 'only_b' | 'status' | 'branch' | 'outputs' | 'inside';

const ran = (node: NodeView | undefined): NodeView | null => (node && node.status !== 'idle' ? node : null);

/** The nodes of the graph itself. */
export const pairsOf = (a: RunView, b: RunView): Pair[] => pairsIn(a, b, '');

/** Those of one pass, in the order of the first run, those that only the second has where they began in it. */
export function pairsIn(a: RunView, b: RunView, pass: string): Pair[] {
  const order = (view: RunView) =>
    [...(insideOf(view).nodes.get(pass) ?? [])].sort((x, y) => begin(view, x) - begin(view, y));
  const paths = order(a);
  order(b).forEach((path, at, all) => {
    if (paths.includes(path)) return;
    const before = all.slice(0, at).findLast((one) => paths.includes(one));
    paths.splice(before === undefined ? 0 : paths.indexOf(before) + 1, 0, path);
  });
  return paths.map((path) => {
    const [left, right] = [ran(a.nodes[path]), ran(b.nodes[path])];
    const differs = differences(left, right);
    if (left && right && passesOf(a, b, path).some((one) => one.differs)) differs.push('inside');
    return { path, a: left, b: right, differs };
  });
}

const begin = (view: RunView, path: string) => view.nodes[path]?.startedAt ?? Number.MAX_SAFE_INTEGER;

function differences(a: NodeView | null, b: NodeView | null): Difference[] {
  if (!a || !b) return a ? ['only_a'] : b ? ['only_b'] : [];
  const found: Difference[] = [];
  if (a.status !== b.status) found.push('status');
  if (a.branch !== b.branch) found.push('branch');
  if (!sameValue(a.outputs ?? {}, b.outputs ?? {})) found.push('outputs');
  return found;
}

/** Equal as JSON is, whatever the order of the fields. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length && keys.every((key) => key in right && sameValue(left[key], right[key]))
  );
}

/** Names of outputs of either, with both values. */
export function outputPairs({ a, b }: Pair): { name: string; a: unknown; b: unknown; same: boolean }[] {
  const names = new Set([...Object.keys(a?.outputs ?? {}), ...Object.keys(b?.outputs ?? {})]);
  return [...names].map((name) => {
    const [left, right] = [a?.outputs?.[name], b?.outputs?.[name]];
    return { name, a: left, b: right, same: sameValue(left, right) };
  });
}

export const msOf = (node: NodeView | null): number | null =>
  node?.startedAt != null && node.endedAt !== null ? Math.max(0, node.endedAt - node.startedAt) : null;

export const tokensOf = (node: NodeView | null): number => (node?.usage?.input ?? 0) + (node?.usage?.output ?? 0);
