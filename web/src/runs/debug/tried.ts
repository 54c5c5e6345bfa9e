/** Runs of single nodes, tried out from the panel: the latest of each, by the node. Lasts for the page. */
import { create } from 'zustand';

interface Tried {
  runs: Readonly<Record<string, string>>;
  keep(node: string, runId: string): void;
  drop(node: string): void;
}

export const useTried = create<Tried>((set) => ({
  runs: {},
  keep: (node, runId) => set(({ runs }) => ({ runs: { ...runs, [node]: runId } })),
  drop: (node) => set(({ runs: { [node]: _, ...runs } }) => ({ runs })),
}));
