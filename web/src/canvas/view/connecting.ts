/** While a line is being drawn: which ports it may end at. Worked out once, when the drawing begins. */
import { create } from 'zustand';
import { type DocEdge, parseHandle } from '../graph/document';
import { type EditorState, nodePorts, useEditor } from '../graph/store';
import { assignable, type TypeTable } from '../graph/types';
import { linksFrom, linksInto } from './lookup';
import type { Loose } from './view';

export interface Fitting {
  side: 'source' | 'target';
  /** Nodes that would close a circle, and the node itself. */
  blocked: ReadonlySet<string>;
  /** Null where it only orders: a branch fits everywhere. */
  type: string | null;
  table: TypeTable;
}

export const useConnecting = create<{ fitting: Fitting | null }>(() => ({ fitting: null }));

export function fittingFor(state: EditorState, loose: Loose): Fitting {
  const ref = parseHandle(loose.handle);
  const ports = nodePorts(state, loose.node);
  const list = loose.side === 'source' ? ports.outputs : ports.inputs;
  const type =
    ref.kind === 'out' || ref.kind === 'in' ? (list.find((one) => one.name === ref.name)?.type ?? null) : null;
  return { side: loose.side, blocked: upstream(state.doc.edges, loose), type, table: state.table };
}

/** From an output: everything that leads to it. From an input: everything it leads to. */
function upstream(edges: readonly DocEdge[], { node, side }: Loose): ReadonlySet<string> {
  const blocked = new Set([node]);
  for (const id of blocked) {
    const next = side === 'source' ? linksInto(edges, id) : linksFrom(edges, id);
    for (const edge of next) blocked.add(side === 'source' ? edge.source : edge.target);
  }
  return blocked;
}

/** May the line end at this port? `type` is null where a port stands for the order alone, or for a way out. */
export function fits(fitting: Fitting, node: string, side: 'source' | 'target', type: string | null): boolean {
  if (side === fitting.side || fitting.blocked.has(node)) return false;
  if (fitting.type === null) return true;
  if (type === null) return false;
  return side === 'target'
    ? assignable(fitting.type, type, fitting.table)
    : assignable(type, fitting.type, fitting.table);
}

export const beginConnecting = (loose: Loose) =>
  useConnecting.setState({ fitting: fittingFor(useEditor.getState(), loose) });
export const endConnecting = () => useConnecting.setState({ fitting: null });
