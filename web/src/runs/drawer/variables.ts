/** Every value that a run knows so far, by the name that a template reaches it by. Pure. */
import type { RunView } from '../fold';
import { isInside, lastOf, passOf } from '../paths';
import { inOrder } from '../readings';
import { matches } from '../values/find';
import { preview } from '../values/kinds';

export interface Variable {
  /** Its name within the run: that of a template, with the passes around it. */
  path: string;
  /** As a template names it. */
  template: string;
  /** The path of the node that gave it; null for the run's own inputs and for variables. */
  node: string | null;
  name: string;
  value: unknown;
  /** The person who changed it. */
  changedBy: string | null;
}

export function variablesOf(view: RunView): Variable[] {
  const own = { ...view.inputs };
  for (const [name, { value }] of Object.entries(view.variables)) own[name] = value;
  const inputs = Object.entries(own).map(([name, value]) => {
    const set = view.variables[name];
    return { path: name, template: name, node: null, name, value, changedBy: set && !set.byNode ? set.by : null };
  });
  const given = inOrder(view)
    .filter(([node]) => isOpen(view, node))
    .flatMap(([node, { outputs, changed }]) =>
      Object.entries(outputs ?? {}).map(([name, value]) => ({
        path: `${node}.${name}`,
        template: `${lastOf(node)}.${name}`,
        node,
        name,
        value,
        changedBy: changed?.[name] ?? null,
      })),
    );
  return [...inputs, ...given];
}

/** What a pass gave that is over is in the trace: nothing can name it any more. */
function isOpen(view: RunView, node: string): boolean {
  if (!isInside(node)) return true;
  const pass = passOf(node);
  return pass !== null && (view.passes[pass]?.active ?? 0) > 0;
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
