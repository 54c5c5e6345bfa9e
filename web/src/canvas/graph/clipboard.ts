/** Nodes and the edges between them as JSON text, so that they go from app to app and into a chat or a file. Pure. */
import type { GraphNode } from '@/api/types';
import { type Doc, type DocEdge, freeNodeId, type Point, positionOf } from './document';

interface Piece {
  atoll: 'nodes';
  nodes: GraphNode[];
  edges: Omit<DocEdge, 'id'>[];
}

export function copied(doc: Doc, ids: readonly string[]): string {
  const chosen = new Set(ids);
  const edges = doc.edges.filter((edge) => chosen.has(edge.source) && chosen.has(edge.target));
  const piece: Piece = {
    atoll: 'nodes',
    nodes: doc.nodes.filter((node) => chosen.has(node.id)),
    edges: edges.map(({ id: _, ...edge }) => edge),
  };
  return JSON.stringify(piece, null, 2);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNode = (value: unknown): value is GraphNode =>
  isRecord(value) && typeof value.id === 'string' && typeof value.type === 'string';

/** Nodes of a text, or null where it holds none. A whole graph's JSON may be pasted too. */
export function readPiece(text: string): Pick<Piece, 'nodes' | 'edges'> | null {
  if (text.length > 8_000_000 || !text.trimStart().startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !Array.isArray(value.nodes) || !value.nodes.length || !value.nodes.every(isNode)) return null;
  const edges = (Array.isArray(value.edges) ? value.edges : []).filter(
    (edge): edge is DocEdge => isRecord(edge) && typeof edge.source === 'string' && typeof edge.target === 'string',
  );
  return { nodes: value.nodes, edges };
}

/** Adds a piece under free ids, its top left corner at `at` (else beside its old place). Returns the new ids. */
export function paste(draft: Doc, piece: Pick<Piece, 'nodes' | 'edges'>, at?: Point): string[] {
  const taken = new Set(draft.nodes.map((node) => node.id));
  const renamed = new Map<string, string>();
  for (const node of piece.nodes) {
    const id =
      taken.has(node.id) || !/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(node.id) ? freeNodeId(node.type, taken) : node.id;
    taken.add(id);
    renamed.set(node.id, id);
  }
  const places = piece.nodes.map(positionOf);
  const corner = { x: Math.min(...places.map((p) => p.x)), y: Math.min(...places.map((p) => p.y)) };
  const to = at ?? { x: corner.x + 40, y: corner.y + 40 };
  for (const node of piece.nodes) {
    const place = positionOf(node);
    const ui = { ...node.ui, x: place.x - corner.x + to.x, y: place.y - corner.y + to.y };
    draft.nodes.push({ ...withNames(node, renamed), id: renamed.get(node.id) ?? node.id, ui });
  }
  const edgeIds = new Set(draft.edges.map((edge) => edge.id));
  let next = 1;
  for (const edge of piece.edges) {
    const [source, target] = [renamed.get(edge.source), renamed.get(edge.target)];
    if (!source || !target) continue;
    while (edgeIds.has(`e${next}`)) next++;
    edgeIds.add(`e${next}`);
    draft.edges.push({ ...edge, id: `e${next}`, source, target });
  }
  return [...renamed.values()];
}

/** A node's configuration with `old_id.port` renamed wherever a template or a field names it. */
export function withNames(node: GraphNode, renamed: ReadonlyMap<string, string>): GraphNode {
  const changed = [...renamed].filter(([old, now]) => old !== now);
  if (!changed.length || !node.config) return node;
  const swap = (value: unknown): unknown => {
    if (typeof value === 'string') return swapped(value, changed);
    if (Array.isArray(value)) return value.map(swap);
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, swap(one)]));
    return value;
  };
  return { ...node, config: swap(node.config) as Record<string, unknown> };
}

function swapped(value: string, changed: [string, string][]): string {
  for (const [old, now] of changed) {
    // A field that holds one dotted name and nothing else.
    if (new RegExp(`^${old}(?:\\.\\w+)*$`).test(value)) return now + value.slice(old.length);
    if (!value.includes(old)) continue;
    const inside = new RegExp(`(?<![\\w.])${old}(?=\\s*[.}|)\\]%]|\\s+(?:%|\\||if|else|and|or|in)\\b)`, 'g');
    value = value.replace(/\{[{%][\s\S]*?[%}]\}/g, (code) => code.replace(inside, now));
  }
  return value;
}
