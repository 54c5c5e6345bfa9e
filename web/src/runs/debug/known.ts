/** What the open draft has of nodes, for what refers to them by paths without numbers of passes: `each_1/llm_1`. */
import { useMemo } from 'react';
import { useEditor } from '@/canvas/graph/store';
import { allNodes, nodeAt } from '../inner';
import { outside } from '../paths';

export function isKnown(path: string): boolean {
  const { whole, types } = useEditor.getState();
  return nodeAt(whole.nodes, path, types) !== undefined;
}

/** Every node of the draft, those inside of containers too. */
export function useDraftNodes() {
  const nodes = useEditor((state) => state.whole.nodes);
  const types = useEditor((state) => state.types);
  return useMemo(() => allNodes(nodes, types), [nodes, types]);
}

/** The path of a node of the graph that the canvas shows. */
export const placeOf = (id: string): string => [...useEditor.getState().focus, id].join('/');

export const usePlace = (id: string): string => useEditor((state) => [...state.focus, id].join('/'));

/** Looks into the containers around a node, and selects it. */
export function goToNode(path: string) {
  const steps = outside(path).split('/');
  const node = steps.pop() ?? path;
  const { focus, leave, enter } = useEditor.getState();
  if (focus.join('/') !== steps.join('/')) {
    leave(0);
    for (const step of steps) enter(step);
  }
  useEditor.getState().select({ nodes: [node] });
}
