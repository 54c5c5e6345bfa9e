/** The order in which a flow is read: every node after what leads to it, else from left to right. Pure. */
import type { GraphNode } from '@/api/types';
import { type Doc, type DocEdge, positionOf } from '../graph/document';
import { linksFrom, linksInto } from './lookup';

const kept = new WeakMap<readonly GraphNode[], { edges: readonly DocEdge[]; order: string[] }>();

/** Ids of all nodes in flow order. Nodes on a circle, which a draft may have, come last. */
export function flowOrder(doc: Pick<Doc, 'nodes' | 'edges'>): readonly string[] {
  const before = kept.get(doc.nodes);
  if (before?.edges === doc.edges) return before.order;
  const place = new Map(doc.nodes.map((node) => [node.id, positionOf(node)]));
  const compare = (a: string, b: string) => {
    const [p, q] = [place.get(a), place.get(b)];
    return p && q ? p.y - q.y || p.x - q.x : 0;
  };
  const waits = new Map(doc.nodes.map((node) => [node.id, 0]));
  for (const { source, target } of doc.edges) {
    if (place.has(source) && waits.has(target)) waits.set(target, (waits.get(target) ?? 0) + 1);
  }
  const order: string[] = [];
  // A stack, so that a branch is read to its end before the next one begins.
  const stack = doc.nodes
    .flatMap((node) => (waits.get(node.id) === 0 ? [node.id] : []))
    .sort(compare)
    .reverse();
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    order.push(id);
    const ready: string[] = [];
    for (const { target } of linksFrom(doc.edges, id)) {
      const left = (waits.get(target) ?? 0) - 1;
      waits.set(target, left);
      if (left === 0) ready.push(target);
    }
    stack.push(...ready.sort(compare).reverse());
  }
  const seen = new Set(order);
  order.push(...doc.nodes.map((node) => node.id).filter((id) => !seen.has(id)));
  kept.set(doc.nodes, { edges: doc.edges, order });
  return order;
}

/** The node one step along the flow, or null at an end of it. */
export function neighbour(doc: Doc, from: string | undefined, step: 1 | -1): string | null {
  const order = flowOrder(doc);
  if (from === undefined) return (step === 1 ? order[0] : order.at(-1)) ?? null;
  return order[order.indexOf(from) + step] ?? null;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** Where an edge leads: right and left follow one, up and down go through those that start at the same node. */
export function followed(doc: Doc, from: string, direction: Direction): string | null {
  const byHeight = (edges: readonly DocEdge[], end: 'source' | 'target') => {
    const ids = new Set(edges.map((edge) => edge[end]));
    const nodes = doc.nodes.filter((node) => ids.has(node.id));
    return nodes.sort((a, b) => positionOf(a).y - positionOf(b).y).map((node) => node.id);
  };
  if (direction === 'right') return byHeight(linksFrom(doc.edges, from), 'target')[0] ?? null;
  const parents = byHeight(linksInto(doc.edges, from), 'source');
  if (direction === 'left') return parents[0] ?? null;
  const siblings = byHeight(
    parents.length
      ? parents.flatMap((parent) => linksFrom(doc.edges, parent))
      : linksFrom(doc.edges, from).flatMap((edge) => linksInto(doc.edges, edge.target)),
    parents.length ? 'target' : 'source',
  );
  return siblings[siblings.indexOf(from) + (direction === 'down' ? 1 : -1)] ?? null;
}
