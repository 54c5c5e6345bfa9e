/** What a node can be connected to without a mouse: every fitting pair of ports, the nearest node first. Pure. */
import type { Ends } from '../graph/connect';
import { branchHandle, inHandle, outHandle, positionOf } from '../graph/document';
import { type EditorState, nodePorts } from '../graph/store';
import { fits, fittingFor } from './connecting';
import { nodesById } from './lookup';

export interface Link extends Ends {
  /** Names of the ports; the input's is null where only the order is set. */
  from: string;
  into: string | null;
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
    ...ports.outputs.map((port) => ({ name: port.name, handle: outHandle(port.name) })),
    ...ports.branches.map((branch) => ({ name: branch.id, handle: branchHandle(branch.id) })),
  ].map((way) => ({ ...way, fitting: fittingFor(state, { node, handle: way.handle, side: 'source' }) }));
  const links: Link[] = [];
  for (const { id } of others) {
    for (const { name, handle, fitting } of ways) {
      if (fitting.blocked.has(id)) continue;
      const ends = { source: node, sourceHandle: handle, target: id };
      if (fitting.type === null) links.push({ ...ends, targetHandle: null, from: name, into: null });
      else {
        for (const input of nodePorts(state, id).inputs) {
          if (!fits(fitting, id, 'target', input.type)) continue;
          links.push({ ...ends, targetHandle: inHandle(input.name), from: name, into: input.name });
        }
      }
    }
  }
  return links;
}
