/** A run's nodes, and passes of containers with the nodes inside, as rows of a tree. Pure. */
import type { NodeView, RunView } from '../fold';
import type { PassView } from '../passes';
import { passOf } from '../paths';

export interface TreeRow {
  /** Path of a node, or of a pass. */
  id: string;
  depth: number;
  node?: NodeView;
  pass?: PassView;
  /** Null: nothing is inside. */
  open: boolean | null;
}

interface Index {
  /** Paths of the nodes of the graph itself (''), and of each pass. */
  nodes: ReadonlyMap<string, string[]>;
  /** Paths of the passes of each container. */
  passes: ReadonlyMap<string, string[]>;
}

const indexes = new WeakMap<RunView, Index>();

function indexOf(view: RunView): Index {
  const known = indexes.get(view);
  if (known) return known;
  const nodes = new Map<string, string[]>();
  for (const path in view.nodes) put(nodes, passOf(path) ?? '', path);
  const begin = (path: string) => view.nodes[path]?.startedAt ?? Number.POSITIVE_INFINITY;
  // In the order in which they began; those that never did come last, as they were skipped.
  for (const list of nodes.values()) list.sort((a, b) => (begin(a) === begin(b) ? 0 : begin(a) - begin(b)));
  const passes = new Map<string, string[]>();
  for (const path in view.passes) put(passes, view.passes[path]?.holder ?? '', path);
  const number = (path: string) => view.passes[path]?.number ?? 0;
  for (const list of passes.values()) list.sort((a, b) => number(a) - number(b));
  const made = { nodes, passes };
  indexes.set(view, made);
  return made;
}

function put(lists: Map<string, string[]>, key: string, value: string) {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Rows in view: what is inside of containers and passes only where these are open. */
export function treeOf(view: RunView, open: ReadonlySet<string>): TreeRow[] {
  const { nodes, passes } = indexOf(view);
  const rows: TreeRow[] = [];
  const addNodes = (where: string, depth: number) => {
    for (const id of nodes.get(where) ?? []) {
      const inside = passes.get(id);
      rows.push({ id, depth, node: view.nodes[id], open: inside ? open.has(id) : null });
      if (inside && open.has(id)) addPasses(inside, depth + 1);
    }
  };
  const addPasses = (paths: string[], depth: number) => {
    for (const id of paths) {
      rows.push({ id, depth, pass: view.passes[id], open: open.has(id) });
      if (open.has(id)) addNodes(id, depth + 1);
    }
  };
  addNodes('', 0);
  return rows;
}

/** What must be open for a path to be in view. */
export function around(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}
