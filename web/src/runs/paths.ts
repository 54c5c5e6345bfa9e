/** Paths of nodes inside of containers: `each_1/3/llm_1` is node `llm_1` in pass 3 of `each_1`. Pure. */

export const isInside = (path: string) => path.includes('/');

export const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The pass that a node is in: `each_1/3`; null for a node of the graph itself. */
export function passOf(path: string): string | null {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? null : path.slice(0, cut);
}

/** The container of a pass. */
export const holderOf = (pass: string): string => pass.slice(0, pass.lastIndexOf('/'));

/** Without the numbers of passes, as breakpoints name nodes: `each_1/llm_1`. */
export const outside = (path: string): string =>
  path
    .split('/')
    .filter((_, index) => index % 2 === 0)
    .join('/');

/** The containers around a node, innermost first. */
export function holdersOf(path: string): string[] {
  const found: string[] = [];
  for (let pass = passOf(path); pass !== null; pass = passOf(holderOf(pass))) found.push(holderOf(pass));
  return found;
}

/** A path where the node at `from` is now at `to`; so is all that is inside of it. */
export const renamedPath = (path: string, from: string, to: string): string =>
  path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;

export const renamedKeys = <Value>(record: Readonly<Record<string, Value>>, from: string, to: string) =>
  Object.fromEntries(Object.entries(record).map(([path, value]) => [renamedPath(path, from, to), value]));
