/** What is open and shown on the canvas. Lasts for the page; never saved, never undone. */
import { create } from 'zustand';
import type { Point } from '../graph/document';

/** One end of a connection that is being made: `side` says which end it is. */
export interface Loose {
  node: string;
  handle: string | null;
  side: 'source' | 'target';
}

export interface Adding {
  /** Where the list opens, in pixels of the canvas. */
  screen: Point;
  /** Where the node goes, in the graph's own units; none: where there is room. */
  at?: Point;
  from?: Loose;
}

export interface Bubble {
  screen: Point;
  text: string;
  action?: { label: string; run(): void };
}

interface ViewState {
  palette: boolean;
  minimap: boolean;
  outline: boolean;
  help: boolean;
  find: boolean;
  adding: Adding | null;
  /** The node that a list of fitting ports is open for. */
  linking: string | null;
  /** The edge whose mapping is being edited. */
  mapping: string | null;
  bubble: Bubble | null;
  set(change: Partial<Omit<ViewState, 'set'>>): void;
  /** Closes the innermost thing that is open; false where nothing was. */
  back(): boolean;
}

const CLOSED = { help: false, find: false, adding: null, linking: null, mapping: null, bubble: null } as const;

export const useView = create<ViewState>((set, get) => ({
  palette: true,
  minimap: false,
  outline: false,
  ...CLOSED,
  set: (change) => set(change),
  back: () => {
    const state = get();
    const open = (Object.keys(CLOSED) as (keyof typeof CLOSED)[]).some((key) => state[key]);
    if (open) set(CLOSED);
    return open;
  },
}));

export const closeAll = () => useView.setState(CLOSED);
