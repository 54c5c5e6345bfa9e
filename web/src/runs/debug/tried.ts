/** Runs of single nodes, tried out from the panel: the latest of each, by the node. Lasts for the page. */
import { create } from 'zustand';
import { renamedKeys } from '../paths';

interface Tried {
  runs: Readonly<Record<string, string>>;
  keep(node: string, runId: string): void;
  drop(node: string): void;
  rename(from: string, to: string): void;
}

export const useTried = create<Tried>((set) => ({
  runs: {},
  keep: (node, runId) => set(({ runs }) => ({ runs: { ...runs, [node]: runId } })),
  rename: (from, to) => set(({ runs }) => ({ runs: renamedKeys(runs, from, to) })),
  drop: (node) => set(({ runs: { [node]: _, ...runs } }) => ({ runs })),
}));
