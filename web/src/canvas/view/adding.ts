/** Adding nodes: where they go, and what they are connected to at once. */
import type { NodePorts, NodeType } from '@/api/types';
import type { Ends } from '../graph/connect';
import { branchHandle, outHandle, type Point, positionOf } from '../graph/document';
import { HEAD, heightOf, ROW, WIDTH } from '../graph/geometry';
import { type EditorState, nodePorts, useEditor } from '../graph/store';
import { assignable } from '../graph/types';
import { fits, fittingFor } from './connecting';
import { linksFrom, nodesById } from './lookup';
import { besidePlace, boxOf, freePlace } from './place';
import type { Loose } from './view';

const portsOfType = (type: NodeType): NodePorts => type;

/** The end of a selected node that a new node of this type would follow, if it can. */
export function looseEnd(state: EditorState, node: string, type: NodeType): Loose | null {
  if (!type.inputs.length) return null;
  const ports = nodePorts(state, node);
  const used = new Set(linksFrom(state.doc.edges, node).map((edge) => edge.source_handle));
  const branch = ports.branches.find((one) => one.id !== 'error' && !used.has(one.id));
  if (branch) return { node, handle: branchHandle(branch.id), side: 'source' };
  const [output] = ports.outputs;
  if (!output || !type.inputs.some((input) => assignable(output.type, input.type, state.table))) return null;
  return { node, handle: outHandle(output.name), side: 'source' };
}

/** Can a node of this type take the loose end of a line? */
export function takes(state: EditorState, type: NodeType, loose: Loose): boolean {
  const fitting = fittingFor(state, loose);
  const side = loose.side === 'source' ? 'target' : 'source';
  const ports = side === 'target' ? type.inputs : type.outputs;
  return fitting.type === null || ports.some((port) => fits(fitting, '', side, port.type));
}

/** Adds a node with its port at the loose end of a line, or its corner at `at`. Returns its id. */
export function addAt(type: NodeType, at: Point, from?: Loose): string {
  const state = useEditor.getState();
  if (!from) return state.add(type.type, at);
  const port = { x: from.side === 'source' ? at.x : at.x - WIDTH, y: at.y - HEAD - ROW / 2 };
  return addConnected(type, port, from);
}

function addConnected(type: NodeType, at: Point, from: Loose): string {
  const state = useEditor.getState();
  if (from.side === 'source') return state.add(type.type, at, { source: from.node, sourceHandle: from.handle });
  const fitting = fittingFor(state, from);
  const output = type.outputs.find((port) => fits(fitting, '', 'source', port.type));
  const id = state.add(type.type, at);
  const sourceHandle = output ? outHandle(output.name) : null;
  state.connect({ source: id, sourceHandle, target: from.node, targetHandle: from.handle });
  return id;
}

const freeSpot = (state: EditorState, wanted: Point, height: number) =>
  freePlace(
    state.doc.nodes.map((one) => boxOf(one, nodePorts(state, one.id))),
    wanted,
    height,
  );

/** Adds beside the selected node and connects from it where that fits; else near `centre`. Over nothing that is there. */
export function addNear(type: NodeType, centre: Point, from?: Loose): string {
  const state = useEditor.getState();
  const [selected] = state.selection.nodes.length === 1 ? state.selection.nodes : [];
  const node = nodesById(state.doc.nodes).get(from?.node ?? selected ?? '');
  const loose = from ?? (node ? looseEnd(state, node.id, type) : null);
  const height = heightOf(portsOfType(type));
  const wanted = node
    ? besidePlace(boxOf(node, nodePorts(state, node.id)))
    : { x: centre.x - WIDTH / 2, y: centre.y - height / 2 };
  const at = freeSpot(state, wanted, height);
  return loose ? addConnected(type, at, loose) : state.add(type.type, at);
}

/** Puts a node of a type between two ports that do not fit. */
export function putBetween(type: NodeType, ends: Ends): void {
  const state = useEditor.getState();
  const [output] = type.outputs;
  const nodes = nodesById(state.doc.nodes);
  const [before, after] = [nodes.get(ends.source), nodes.get(ends.target)];
  if (!output || !before || !after) return;
  const [a, b] = [positionOf(before), positionOf(after)];
  const at = freeSpot(state, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, heightOf(portsOfType(type)));
  const source = addConnected(type, at, { node: ends.source, handle: ends.sourceHandle, side: 'source' });
  state.connect({ source, sourceHandle: outHandle(output.name), target: ends.target, targetHandle: ends.targetHandle });
}
