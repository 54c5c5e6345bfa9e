/** Where the inputs of a node come from, and what could be connected to one. Pure. */
import type { GraphNode, NodePorts, PortSpec } from '@/api/types';
import { implicit } from '../graph/connect';
import { type Doc, type DocEdge, outputNamed } from '../graph/document';
import { assignable, type TypeTable } from '../graph/types';

export interface Source {
  edge: DocEdge;
  node: GraphNode;
  /** As the mapping writes it. */
  output: string;
  /** As it is called. */
  port: PortSpec | undefined;
}

export interface Bound {
  port: PortSpec;
  /** More than one where branches meet: whichever ran gives the value. */
  sources: Source[];
  /** Not declared by the type: a name that an edge maps to. */
  extra: boolean;
}

export interface Around {
  doc: Doc;
  table: TypeTable;
  portsOf(id: string): NodePorts;
}

export function boundInputs(id: string, { doc, table, portsOf }: Around): Bound[] {
  const ports = portsOf(id);
  const found = new Map<string, Bound>(ports.inputs.map((port) => [port.name, { port, sources: [], extra: false }]));
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const later: [DocEdge, GraphNode][] = [];
  const bind = (edge: DocEdge, node: GraphNode, output: string, input: string) => {
    const port = outputNamed(portsOf(node.id), output);
    const bound = found.get(input) ?? { port: { name: input, type: port?.type ?? 'any' }, sources: [], extra: true };
    bound.sources.push({ edge, node, output, port });
    found.set(input, bound);
  };
  for (const edge of doc.edges) {
    const node = edge.target === id ? nodes.get(edge.source) : undefined;
    if (!node) continue;
    const mapping = Object.entries(edge.data?.mapping ?? {});
    if (!mapping.length) later.push([edge, node]);
    for (const [output, input] of mapping) bind(edge, node, output, input);
  }
  // An edge without a mapping binds the first input only where nothing else does.
  const taken = new Set([...found].filter(([, bound]) => bound.sources.length).map(([name]) => name));
  for (const [edge, node] of later) {
    const [pair] = Object.entries(implicit(edge, portsOf(node.id), ports, table));
    if (pair && !taken.has(pair[1])) bind(edge, node, pair[0], pair[1]);
  }
  return [...found.values()];
}

export interface Candidate {
  node: GraphNode;
  port: PortSpec;
}

/** Outputs that fit an input and close no circle: of nodes that run before already first, nearest first. */
export function candidates(id: string, input: PortSpec, { doc, table, portsOf }: Around): Candidate[] {
  const before = walk(doc, id, 'target', 'source');
  const after = new Set(walk(doc, id, 'source', 'target'));
  const order = [...before, ...doc.nodes.map((node) => node.id)];
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const found: Candidate[] = [];
  for (const other of new Set(order)) {
    const node = nodes.get(other);
    if (!node || other === id || after.has(other)) continue;
    for (const port of portsOf(other).outputs) {
      if (assignable(port.type, input.type, table)) found.push({ node, port });
    }
  }
  return found;
}

/** Ids met on the way from a node along its edges or against them, nearest first. */
function walk(doc: Doc, start: string, at: 'source' | 'target', to: 'source' | 'target'): string[] {
  const next = new Map<string, string[]>();
  for (const edge of doc.edges) next.set(edge[at], [...(next.get(edge[at]) ?? []), edge[to]]);
  const seen = new Set([start]);
  const queue = [start];
  for (const id of queue) {
    for (const other of next.get(id) ?? []) {
      if (!seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
    }
  }
  return queue.slice(1);
}
