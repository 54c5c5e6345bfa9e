/** Graphs inside of nodes: which setting holds one, and what a path leads to. Pure. */
import type { Graph, GraphNode, NodeType } from '@/api/types';

export type Types = ReadonlyMap<string, NodeType>;

type Nodes = readonly GraphNode[];

/** The nodes of the graph that a container keeps in a setting; none for any other node. */
export function innerNodes(node: GraphNode, types: Types): Nodes {
  const fields = types.get(node.type)?.schema.properties ?? {};
  const name = Object.keys(fields).find((one) => fields[one]?.['x-ui']?.widget === 'graph');
  const graph = name === undefined ? undefined : (node.config?.[name] as Partial<Graph> | undefined);
  return Array.isArray(graph?.nodes) ? graph.nodes : [];
}

/** The node at a path without numbers of passes: `each_1/llm_1`. */
export function nodeAt(nodes: Nodes, path: string, types: Types): GraphNode | undefined {
  const [id, ...rest] = path.split('/');
  const node = nodes.find((one) => one.id === id);
  return node && rest.length ? nodeAt(innerNodes(node, types), rest.join('/'), types) : node;
}

/** Every node with its path, those inside of containers right after them. */
export function allNodes(nodes: Nodes, types: Types, prefix = ''): { path: string; node: GraphNode }[] {
  return nodes.flatMap((node) => [
    { path: prefix + node.id, node },
    ...allNodes(innerNodes(node, types), types, `${prefix}${node.id}/`),
  ]);
}
