/** The document as xyflow wants it. An object is made anew only where what it shows has changed: 500 nodes stay fast. */
import { type Edge, type Node, type NodeHandle, Position } from '@xyflow/react';
import type { GraphNode, NodePorts } from '@/api/types';
import { type DocEdge, endsOf, inHandle, outHandle, outputNamed, type Point, positionOf } from '../graph/document';
import { heightOf, portPlaces, WIDTH } from '../graph/geometry';

export type CardNode = Node<{ node: GraphNode; ports: NodePorts }, 'card'>;

export interface EdgeData extends Record<string, unknown> {
  edge: DocEdge;
  /** Type of what it carries; null where it only orders. */
  type: string | null;
  /** Further pairs of its mapping: how far below the first one they leave and arrive. */
  more: readonly { from: number; to: number }[];
}
export type MappedEdge = Edge<EdgeData, 'mapped'>;

interface KeptNode {
  ports: NodePorts;
  selected: boolean;
  x: number;
  y: number;
  flow: CardNode;
}
const keptNodes = new WeakMap<GraphNode, KeptNode>();
const keptHandles = new WeakMap<NodePorts, NodeHandle[]>();

export function flowNodes(
  nodes: readonly GraphNode[],
  portsOf: (id: string) => NodePorts,
  selected: ReadonlySet<string>,
  dragged: ReadonlyMap<string, Point>,
): CardNode[] {
  return nodes.map((node) => {
    const ports = portsOf(node.id);
    const { x, y } = dragged.get(node.id) ?? positionOf(node);
    const isSelected = selected.has(node.id);
    const kept = keptNodes.get(node);
    if (kept?.ports === ports && kept.selected === isSelected && kept.x === x && kept.y === y) return kept.flow;
    const height = heightOf(ports);
    const flow: CardNode = {
      id: node.id,
      type: 'card',
      position: { x, y },
      width: WIDTH,
      height,
      // Told as measured too, so that xyflow never asks the browser.
      measured: { width: WIDTH, height },
      handles: handlesOf(ports),
      selected: isSelected,
      data: kept?.ports === ports ? kept.flow.data : { node, ports },
    };
    keptNodes.set(node, { ports, selected: isSelected, x, y, flow });
    return flow;
  });
}

/** Points on the card's edge, under the middle of the dots: a line meets its port to the pixel. */
function handlesOf(ports: NodePorts): NodeHandle[] {
  let handles = keptHandles.get(ports);
  if (!handles) {
    handles = portPlaces(ports).map(({ handle, side, y }) => ({
      id: handle,
      type: side === 'left' ? ('target' as const) : ('source' as const),
      position: side === 'left' ? Position.Left : Position.Right,
      x: side === 'left' ? 0 : WIDTH,
      y,
      width: 0,
      height: 0,
    }));
    keptHandles.set(ports, handles);
  }
  return handles;
}

interface KeptEdge {
  source: NodePorts;
  target: NodePorts;
  selected: boolean;
  flow: MappedEdge;
}
const keptEdges = new WeakMap<DocEdge, KeptEdge>();

/** Edges whose two nodes exist. */
export function flowEdges(
  edges: readonly DocEdge[],
  known: ReadonlyMap<string, GraphNode>,
  portsOf: (id: string) => NodePorts,
  selected: ReadonlySet<string>,
): MappedEdge[] {
  const drawn: MappedEdge[] = [];
  for (const edge of edges) {
    if (!known.has(edge.source) || !known.has(edge.target)) continue;
    const [source, target] = [portsOf(edge.source), portsOf(edge.target)];
    const isSelected = selected.has(edge.id);
    const kept = keptEdges.get(edge);
    if (kept?.source === source && kept.target === target && kept.selected === isSelected) {
      drawn.push(kept.flow);
      continue;
    }
    const { from, to } = endsOf(edge, source, target);
    const flow: MappedEdge = {
      id: edge.id,
      type: 'mapped',
      source: edge.source,
      target: edge.target,
      sourceHandle: handlesOf(source).some((one) => one.id === from) ? from : undefined,
      targetHandle: to,
      selected: isSelected,
      data: { edge, type: carriedType(edge, source), more: morePairs(edge, source, target) },
    };
    keptEdges.set(edge, { source, target, selected: isSelected, flow });
    drawn.push(flow);
  }
  return drawn;
}

function carriedType(edge: DocEdge, source: NodePorts): string | null {
  const [name] = Object.keys(edge.data?.mapping ?? {});
  if (name !== undefined) return outputNamed(source, name)?.type ?? 'any';
  return edge.source_handle ? null : (source.outputs[0]?.type ?? null);
}

function morePairs(edge: DocEdge, source: NodePorts, target: NodePorts): EdgeData['more'] {
  const pairs = Object.entries(edge.data?.mapping ?? {});
  if (pairs.length < 2 || edge.source_handle) return [];
  const places = (ports: NodePorts) => new Map(portPlaces(ports).map((place) => [place.handle, place.y]));
  const [leave, arrive] = [places(source), places(target)];
  const ends = pairs.map(([output, input]) => ({
    from: leave.get(outHandle(outputNamed(source, output)?.name ?? output)),
    to: arrive.get(inHandle(input)),
  }));
  const first = ends[0];
  if (first?.from === undefined || first.to === undefined) return [];
  const more = [];
  for (const { from, to } of ends.slice(1)) {
    if (from !== undefined && to !== undefined) more.push({ from: from - first.from, to: to - first.to });
  }
  return more;
}
