/** Indexes over the document, each built once per version of it: what cards, edges and outline ask for all the time. */
import type { GraphNode, Problem } from '@/api/types';
import type { DocEdge } from '../graph/document';

function indexed<In extends object, Out>(make: (input: In) => Out): (input: In) => Out {
  const made = new WeakMap<In, Out>();
  return (input) => {
    let out = made.get(input);
    if (out === undefined) {
      out = make(input);
      made.set(input, out);
    }
    return out;
  };
}

function grouped<Item>(pairs: Iterable<readonly [string, Item]>): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const [key, item] of pairs) {
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

export const nodesById = indexed((nodes: readonly GraphNode[]) => new Map(nodes.map((node) => [node.id, node])));
export const edgesById = indexed((edges: readonly DocEdge[]) => new Map(edges.map((edge) => [edge.id, edge])));
export const edgesFrom = indexed((edges: readonly DocEdge[]) => grouped(edges.map((edge) => [edge.source, edge])));
export const edgesInto = indexed((edges: readonly DocEdge[]) => grouped(edges.map((edge) => [edge.target, edge])));

const problemsByNode = indexed((problems: readonly Problem[]) =>
  grouped(problems.flatMap((one) => (one.node === null ? [] : [[one.node, one] as const]))),
);
const problemsByEdge = indexed((problems: readonly Problem[]) =>
  grouped(problems.flatMap((one) => (one.edge === null ? [] : [[String(one.edge), one] as const]))),
);
const placeOfEdge = indexed((ids: readonly string[]) => new Map(ids.map((id, place) => [id, String(place)])));

const NONE: readonly never[] = [];

export const nodeProblems = (problems: readonly Problem[], id: string): readonly Problem[] =>
  problemsByNode(problems).get(id) ?? NONE;

/** The checker names an edge by its place in the graph that it was given. */
export function edgeProblems(problems: readonly Problem[], edgeIds: readonly string[], id: string): readonly Problem[] {
  const place = placeOfEdge(edgeIds).get(id);
  return (place !== undefined && problemsByEdge(problems).get(place)) || NONE;
}

export const linksFrom = (edges: readonly DocEdge[], id: string): readonly DocEdge[] =>
  edgesFrom(edges).get(id) ?? NONE;
export const linksInto = (edges: readonly DocEdge[], id: string): readonly DocEdge[] =>
  edgesInto(edges).get(id) ?? NONE;
