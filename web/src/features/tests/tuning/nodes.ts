/** Nodes of a draft by their paths (`each_1/llm_1`), and a draft with one of them changed. Pure. */
import type { Graph, GraphNode, NodeType } from '@/api/types';
import { isTunable } from '@/canvas/panel/tunable';
import { allNodes } from '@/runs/inner';

export type Types = ReadonlyMap<string, NodeType>;
export type Config = Readonly<Record<string, unknown>>;

export interface Placed {
  path: string;
  node: GraphNode;
}

export const tunableNodes = (graph: Graph, types: Types): Placed[] =>
  allNodes(graph.nodes, types).filter(({ node }) => isTunable(types.get(node.type)));

/** The graph with fields of one node's configuration replaced; null where there is no such node. */
export function withConfig(graph: Graph, path: string, change: Config): Graph | null {
  const [id, ...rest] = path.split('/');
  const node = graph.nodes.find((one) => one.id === id);
  if (!node) return null;
  let config: Record<string, unknown> = { ...node.config };
  if (rest.length) {
    const room = roomOf(node);
    const inner = room && withConfig(node.config?.[room] as Graph, rest.join('/'), change);
    if (!inner) return null;
    config[room] = inner;
  } else {
    config = { ...config, ...change };
  }
  return { ...graph, nodes: graph.nodes.map((one) => (one === node ? { ...node, config } : one)) };
}

/** The setting that holds a graph. */
function roomOf(node: GraphNode): string | undefined {
  return Object.entries(node.config ?? {}).find(
    ([, value]) => typeof value === 'object' && value !== null && Array.isArray((value as Partial<Graph>).nodes),
  )?.[0];
}
