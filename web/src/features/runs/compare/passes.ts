/** Passes of containers in two runs, by their numbers: what went another way inside of which. Pure. */
import type { RunView } from '@/runs/fold';
import { passOf } from '@/runs/paths';
import { type Pair, pairsIn } from './rows';

export interface PassPair {
  /** From 0. */
  number: number;
  pairs: Pair[];
  differs: boolean;
}

interface Inside {
  /** Paths of nodes by the pass that they are in; '' for the graph itself. */
  nodes: Map<string, string[]>;
  /** Numbers of passes by container. */
  passes: Map<string, number[]>;
}

function put<Value>(map: Map<string, Value[]>, key: string, value: Value) {
  const there = map.get(key);
  if (there) there.push(value);
  else map.set(key, [value]);
}

const known = new WeakMap<RunView, Inside>();

/** Read once of each run: it may have thousands of passes. */
export function insideOf(view: RunView): Inside {
  let found = known.get(view);
  if (!found) {
    found = { nodes: new Map(), passes: new Map() };
    for (const path of Object.keys(view.nodes)) put(found.nodes, passOf(path) ?? '', path);
    for (const { holder, number } of Object.values(view.passes)) put(found.passes, holder, number);
    known.set(view, found);
  }
  return found;
}

/** Those of either run, in order; none for a node that holds no graph. */
export function passesOf(a: RunView, b: RunView, container: string): PassPair[] {
  const numbers = new Set([a, b].flatMap((view) => insideOf(view).passes.get(container) ?? []));
  return [...numbers]
    .sort((x, y) => x - y)
    .map((number) => {
      const pairs = pairsIn(a, b, `${container}/${number}`);
      return { number, pairs, differs: pairs.some((pair) => pair.differs.length > 0) };
    });
}
