/** What an edit called nodes, before and after it, whether it was done, undone or done again. Pure. */
import type { Doc } from './document';
import type { History } from './history';
import { within } from './inside';

/** Nodes keep their places in the list when they are renamed. Paths are without numbers of passes: `each_1/llm_1`. */
export function renamedNodes(before: Doc, after: Doc, path = ''): [from: string, to: string][] {
  if (before.nodes.length !== after.nodes.length) return [];
  return before.nodes.flatMap((node, index): [string, string][] => {
    const now = after.nodes[index];
    if (!now || now === node || now.type !== node.type) return [];
    if (now.id !== node.id) return [[path + node.id, path + now.id]];
    const [held, holds] = [within(before, [node.id]), within(after, [now.id])];
    return held && holds ? renamedNodes(held, holds, `${path}${node.id}/`) : [];
  });
}

/** The edit that led from one history to the next one. */
export const editBetween = (before: History, after: History) =>
  (after.future.length > before.future.length ? before : after).past.at(-1);
