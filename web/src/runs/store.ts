/** The run that the canvas shows, live or past, keyed by node: a card takes only its own node's state. */
import { create } from 'zustand';
import { useEditor } from '@/canvas/graph/store';
import type { NodeView, RunView } from './fold';

interface RunState {
  runId: string | null;
  view: RunView | null;
}

export const useRun = create<RunState>(() => ({ runId: null, view: null }));

/** Its state by the id that it has in the graph on the canvas; inside of a container, that of the pass begun last. */
export function useNodeRun(node: string): NodeView | undefined {
  const place = useEditor((state) => (state.focus.length ? [...state.focus, node].join('/') : null));
  return useRun(({ view }) => (place === null ? view?.nodes[node] : view ? latest(view).get(place) : undefined));
}

const byPlace = new WeakMap<RunView, Map<string, NodeView>>();

/** Nodes by where they stand in the graph: paths without the numbers of passes. */
function latest(view: RunView): Map<string, NodeView> {
  let found = byPlace.get(view);
  if (!found) {
    found = new Map(
      Object.entries(view.nodes).map(([path, node]) => [
        path
          .split('/')
          .filter((_, at) => at % 2 === 0)
          .join('/'),
        node,
      ]),
    );
    byPlace.set(view, found);
  }
  return found;
}
