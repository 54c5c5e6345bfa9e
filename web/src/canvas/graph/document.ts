/** The graph as the canvas holds it: the same JSON as everywhere, with an id on every edge and a place for every node. */
import type {
  ChatSettings,
  ConversationVariable,
  Graph,
  GraphEdge,
  GraphNode,
  NodePorts,
  NodeType,
  PortSpec,
} from '@/api/types';

export interface DocEdge extends GraphEdge {
  id: string;
}

/** What undo, save and the clipboard work on. */
export interface Doc {
  nodes: GraphNode[];
  edges: DocEdge[];
  /** Variables of the conversation. */
  conversation?: ConversationVariable[];
  /** How the app chats; absent where it doesn't. */
  chat?: Partial<ChatSettings>;
  ui: Record<string, unknown>;
}

export interface Point {
  x: number;
  y: number;
}

export const GRID = 10;
const COLUMN = 300;

export const snap = (value: number) => Math.round(value / GRID) * GRID;

export function positionOf(node: GraphNode): Point {
  const { x, y } = (node.ui ?? {}) as Partial<Point>;
  return { x: typeof x === 'number' ? x : 0, y: typeof y === 'number' ? y : 0 };
}

/** A graph from outside may have neither places nor edge ids. */
export function toDoc(graph: Graph): Doc {
  const taken = new Set(graph.edges.map((edge) => edge.id));
  let next = 1;
  const freeId = () => {
    while (taken.has(`e${next}`)) next++;
    taken.add(`e${next}`);
    return `e${next}`;
  };
  const placed = graph.nodes.some((node) => typeof node.ui?.x === 'number');
  return {
    nodes: placed ? graph.nodes : placedInOrder(graph),
    edges: graph.edges.map((edge) => ({ ...edge, id: edge.id || freeId() })),
    ...(graph.conversation ? { conversation: graph.conversation } : {}),
    ...(graph.chat ? { chat: graph.chat } : {}),
    ui: graph.ui ?? {},
  };
}

export const toGraph = (doc: Doc): Graph => ({
  version: '1',
  nodes: doc.nodes,
  edges: doc.edges,
  ...(doc.conversation?.length ? { conversation: doc.conversation } : {}),
  ...(doc.chat ? { chat: doc.chat } : {}),
  ...(Object.keys(doc.ui).length ? { ui: doc.ui } : {}),
});

/** Columns by distance from a start: good enough until somebody tidies up. */
function placedInOrder(graph: Graph): GraphNode[] {
  const depth = new Map(graph.nodes.map((node) => [node.id, 0]));
  for (let round = 0; round < Math.min(graph.nodes.length, 60); round++) {
    let moved = false;
    for (const edge of graph.edges) {
      const after = (depth.get(edge.source) ?? 0) + 1;
      if (depth.has(edge.target) && (depth.get(edge.target) ?? 0) < after && after < graph.nodes.length) {
        depth.set(edge.target, after);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const rows = new Map<number, number>();
  return graph.nodes.map((node) => {
    const column = depth.get(node.id) ?? 0;
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { ...node, ui: { ...node.ui, x: 40 + column * COLUMN, y: 120 + row * 180 } };
  });
}

/** Ports of a node under its configuration: the checker's answer, else what its type declares. */
export function portsOf(node: GraphNode, checked: NodePorts | undefined, type: NodeType | undefined): NodePorts {
  if (checked) return checked;
  const branches = [...(type?.branches ?? [])];
  if (node.on_error === 'branch') branches.push({ id: 'error', label: { en: 'error', zh: '出错' } });
  return { inputs: type?.inputs ?? [], outputs: type?.outputs ?? [], branches, summary: '' };
}

/** `output` names the primary output whatever its own name is. */
export function outputNamed(ports: NodePorts, name: string): PortSpec | undefined {
  return ports.outputs.find((port) => port.name === name) ?? (name === 'output' ? ports.outputs[0] : undefined);
}

/** Where an edge is drawn from and to: handle ids as in `geometry.ts`. */
export function endsOf(edge: GraphEdge, source: NodePorts, target: NodePorts): { from: string; to: string } {
  const [pair] = Object.entries(edge.data?.mapping ?? {});
  const output = (pair && outputNamed(source, pair[0])?.name) ?? pair?.[0] ?? source.outputs[0]?.name;
  const input = pair?.[1] ?? target.inputs[0]?.name;
  return {
    from: edge.source_handle ? branchHandle(edge.source_handle) : output ? outHandle(output) : NODE_OUT,
    to: input && target.inputs.some((port) => port.name === input) ? inHandle(input) : NODE_IN,
  };
}

export const outHandle = (name: string) => `out:${name}`;
export const inHandle = (name: string) => `in:${name}`;
export const branchHandle = (id: string) => `branch:${id}`;
/** Every node can be ordered before or after another, ports or none. */
export const NODE_OUT = 'node:out';
export const NODE_IN = 'node:in';

export type HandleRef = { kind: 'out' | 'in' | 'branch' | 'node'; name: string };

export function parseHandle(id: string | null | undefined): HandleRef {
  const [kind, ...rest] = (id ?? '').split(':');
  const name = rest.join(':');
  return kind === 'out' || kind === 'in' || kind === 'branch' ? { kind, name } : { kind: 'node', name: '' };
}

const ID = /[^A-Za-z0-9_]+/g;

/** An id that a template can name: `llm_1`. */
export function freeNodeId(type: string, taken: ReadonlySet<string>): string {
  const stem =
    type
      .replace(ID, '_')
      .replace(/^[^A-Za-z_]/, '_$&')
      .slice(0, 56) || 'node';
  for (let n = 1; ; n++) if (!taken.has(`${stem}_${n}`)) return `${stem}_${n}`;
}
