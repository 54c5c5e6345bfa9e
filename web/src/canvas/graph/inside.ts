/** Graphs inside of graphs: the part of the whole that the canvas shows, and what the checker says of it. Pure. */
import type { Checked, Graph, GraphNode, NodePorts, Problem } from '@/api/types';
import { type Doc, toDoc } from './document';

/** Containers from the outermost inwards; empty for the app's own graph. */
export type Focus = readonly string[];

const ROOM = 'graph';

/** A node that holds a graph keeps it in this setting. */
export const holdsGraph = (node: GraphNode) => {
  const held = node.config?.[ROOM];
  return typeof held === 'object' && held !== null && Array.isArray((held as Graph).nodes);
};

/** The graph in focus, or null where there is none (any more). In a draft of immer's it is the draft's own part. */
export function within(whole: Doc, focus: Focus): Doc | null {
  let doc: Doc = whole;
  for (const id of focus) {
    const node = doc.nodes.find((one) => one.id === id);
    if (!node || !holdsGraph(node)) return null;
    doc = node.config?.[ROOM] as Doc;
  }
  return doc;
}

/** The whole with the graph in focus made fit for the canvas: an id on every edge, a place for every node. */
export function prepared(whole: Doc, focus: Focus): Doc {
  const [id, ...rest] = focus;
  if (id === undefined) return whole;
  const nodes = whole.nodes.map((node) => {
    if (node.id !== id || !holdsGraph(node)) return node;
    const held = node.config?.[ROOM] as Graph;
    const fit = held.ui && held.edges?.every((edge) => edge.id) && held.nodes.every((one) => one.ui);
    const doc = fit ? (held as Doc) : toDoc({ ...held, edges: held.edges ?? [] });
    return { ...node, config: { ...node.config, [ROOM]: rest.length ? prepared(doc, rest) : doc } };
  });
  return { ...whole, nodes };
}

/** Ports by the ids that they have in the graph in focus. */
export function portsWithin(ports: Readonly<Record<string, NodePorts>>, focus: Focus): Record<string, NodePorts> {
  const prefix = focus.map((id) => `${id}/`).join('');
  const found: Record<string, NodePorts> = {};
  for (const [path, one] of Object.entries(ports)) {
    if (!path.startsWith(prefix)) continue;
    const id = path.slice(prefix.length);
    if (!id.includes('/')) found[id] = one;
  }
  return found;
}

/** Problems of the graph in focus, deeper ones at the container that they are in. Pointers begin at that graph. */
/** How many people are told of, and whether one of them keeps it from running. An empty canvas says itself what to do;
 * nobody has made a mistake yet. */
export function told(problems: readonly Problem[]): { count: number; error: boolean } {
  const real = problems.filter((problem) => problem.code !== 'graph_empty');
  return { count: real.length, error: real.some((problem) => problem.severity === 'error') };
}

export function problemsWithin(problems: readonly Problem[], focus: Focus, whole: Doc): Problem[] {
  const path = focus.join('/');
  const base = pointerTo(whole, focus);
  return problems.flatMap((problem) => {
    const pointer = problem.pointer?.startsWith(base) ? problem.pointer.slice(base.length) : problem.pointer;
    if (!focus.length) return [{ ...problem, node: problem.node?.split('/')[0] ?? null }];
    if (problem.node === path && problem.pointer?.startsWith(`${base}/`)) return [{ ...problem, pointer, node: null }];
    if (!problem.node?.startsWith(`${path}/`)) return [];
    return [{ ...problem, pointer, node: problem.node.slice(path.length + 1).split('/')[0] ?? null, edge: null }];
  });
}

function pointerTo(whole: Doc, focus: Focus): string {
  let pointer = '';
  focus.forEach((id, depth) => {
    const at = within(whole, focus.slice(0, depth))?.nodes.findIndex((node) => node.id === id) ?? -1;
    pointer += `/nodes/${at}/config/${ROOM}`;
  });
  return pointer;
}

/** What the checker said, as the canvas shows it. `edgeIds` are those of the outermost graph. */
export interface Said extends Checked {
  edgeIds: readonly string[];
}
