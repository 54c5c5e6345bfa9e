/** The run that the canvas shows, live or past, keyed by node: a card takes only its own node's state. */
import { create } from 'zustand';
import type { NodeView, RunView } from './fold';

interface RunState {
  runId: string | null;
  view: RunView | null;
}

export const useRun = create<RunState>(() => ({ runId: null, view: null }));

export const useNodeRun = (node: string): NodeView | undefined => useRun((state) => state.view?.nodes[node]);
