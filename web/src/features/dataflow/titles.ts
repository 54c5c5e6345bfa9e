/** What steps are called: by their titles, those inside of another one after it. Pure. */
import type { Graph } from '@/api/types';

type Held = Pick<Graph, 'nodes'>;

const isGraph = (value: unknown): value is Held =>
  typeof value === 'object' && value !== null && Array.isArray((value as Held).nodes);

/** `path`: ids from the outside in, as `each_1/llm_1`. */
export function titleOf(graph: Held, path: string): string {
  let inside: Held | null = graph;
  const titles: string[] = [];
  for (const id of path.split('/')) {
    const node: Graph['nodes'][number] | undefined = inside?.nodes.find((one) => one.id === id);
    titles.push(node?.title || id);
    const held: unknown = node?.config?.graph;
    inside = isGraph(held) ? held : null;
  }
  return titles.join(' / ');
}
