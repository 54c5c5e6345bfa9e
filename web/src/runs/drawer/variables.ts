/** Every value that a run knows so far, by the name that a template reaches it by. Pure. */
import type { RunView } from '../fold';
import { inOrder } from '../readings';
import { matches } from '../values/find';
import { preview } from '../values/kinds';

export interface Variable {
  /** As a template names it. */
  path: string;
  /** The node that gave it; null for the run's own inputs. */
  node: string | null;
  name: string;
  value: unknown;
}

export function variablesOf(view: RunView): Variable[] {
  const inputs = Object.entries(view.inputs ?? {}).map(([name, value]) => ({ path: name, node: null, name, value }));
  const given = inOrder(view).flatMap(([node, { outputs }]) =>
    Object.entries(outputs ?? {}).map(([name, value]) => ({ path: `${node}.${name}`, node, name, value })),
  );
  return [...inputs, ...given];
}

/** Those whose name, node or beginning has the words. */
export function filtered(variables: readonly Variable[], query: string, title: (node: string) => string): Variable[] {
  const words = query.trim().toLowerCase();
  if (!words) return [...variables];
  return variables.filter(
    ({ path, node, value }) =>
      path.toLowerCase().includes(words) ||
      (node !== null && title(node).toLowerCase().includes(words)) ||
      matches(value, words) ||
      preview(value, 2000).toLowerCase().includes(words),
  );
}
