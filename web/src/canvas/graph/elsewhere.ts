/** A change of the draft that another page has saved, so that the canvas can undo it like one of its own. */
import type { Graph } from '@/api/types';

interface Saved {
  appId: string;
  /** The revision that the draft got by it. */
  revision: number;
  before: Graph;
}

let last: Saved | null = null;

export const savedElsewhere = (saved: Saved) => {
  last = saved;
};

/** The graph before that change, where the draft is still what the change made of it. */
export const beforeRevision = (appId: string, revision: number): Graph | null =>
  last?.appId === appId && last.revision === revision ? last.before : null;
