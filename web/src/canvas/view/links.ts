/** What a node can be connected to without a mouse: every fitting pair of ports, the nearest node first. Pure. */
import type { PortSpec } from '@/api/types';
import type { Text } from '@/i18n';
import { connection, type Ends } from '../graph/connect';
import { branchHandle, inHandle, outHandle, positionOf } from '../graph/document';
import { type EditorState, nodePorts } from '../graph/store';
import { fits, fittingFor } from './connecting';
import { linksFrom, nodesById } from './lookup';

export interface Link extends Ends {
  /** What the ports are called; the input's is null where only the order is set. */
  from: Text;
  into: Text | null;
}

export function possibleLinks(state: EditorState, node: string): Link[] {
  const ports = nodePorts(state, node);
  const here = nodesById(state.doc.nodes).get(node);
  if (!here) return [];
  const at = positionOf(here);
  const others = state.doc.nodes
    .map((other) => {
      const place = positionOf(other);
      const ahead = place.x - at.x;
      // What stands behind is further away than it looks.
      return { id: other.id, away: Math.hypot(ahead < 0 ? ahead * 3 : ahead, place.y - at.y) };
    })
    .sort((a, b) => a.away - b.away);
  const ways = [
    ...ports.outputs.map((port) => ({ name: port.label ?? port.name, handle: outHandle(port.name) })),
    ...ports.branches.map((branch) => ({ name: branch.label, handle: branchHandle(branch.id) })),
  ].map((way) => ({ ...way, fitting: fittingFor(state, { node, handle: way.handle, side: 'source' }) }));
  const links: Link[] = [];
  const around = { table: state.table, portsOf: (id: string) => nodePorts(state, id) };
  for (const { id } of others) {
    const linked = linksFrom(state.doc.edges, node).some((edge) => edge.target === id);
    for (const { name, handle, fitting } of ways) {
      if (fitting.blocked.has(id)) continue;
      const inputs: (PortSpec | null)[] = fitting.type === null ? [null] : nodePorts(state, id).inputs;
      for (const input of inputs) {
        if (input && !fits(fitting, id, 'target', input.type)) continue;
        const ends = { source: node, sourceHandle: handle, target: id, targetHandle: input && inHandle(input.name) };
        // What is there already is no choice.
        if (linked && 'why' in connection(state.doc, ends, around)) continue;
        links.push({ ...ends, from: name, into: input && (input.label ?? input.name) });
      }
    }
  }
  return links;
}
