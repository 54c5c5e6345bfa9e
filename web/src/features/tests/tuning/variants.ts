/** Variants that are being written, by app and node: what each changes of the node's configuration. Kept while the page
 * is open, so that one can go to the canvas and come back. */
import { create } from 'zustand';
import { same } from '@/canvas/panel/form/schema';
import type { Config } from './nodes';

export interface Draft {
  id: number;
  name: string;
  /** Only what differs from the node. */
  change: Config;
}

/** Columns, the node as it is among them: the server takes more, nobody reads more side by side. */
export const MOST = 6;

interface State {
  drafts: Readonly<Record<string, readonly Draft[]>>;
}

export const useDrafts = create<State>(() => ({ drafts: {} }));

export const keyOf = (appId: string, path: string) => `${appId} ${path}`;

let last = 0;
const nextId = () => {
  last += 1;
  return last;
};

const put = (key: string, make: (before: readonly Draft[]) => readonly Draft[]) =>
  useDrafts.setState(({ drafts }) => ({ drafts: { ...drafts, [key]: make(drafts[key] ?? []) } }));

export const setDrafts = (key: string, list: readonly Omit<Draft, 'id'>[]) =>
  put(key, () => list.map((one) => ({ ...one, id: nextId() })));

/** Whether these are the ones that are being written. */
export const areDrafts = (list: readonly Omit<Draft, 'id'>[], drafts: readonly Draft[]) =>
  list.length === drafts.length &&
  list.every((one, at) => one.name === drafts[at]?.name && same(one.change, drafts[at]?.change));

/** Returns its id. */
export function addDraft(key: string, name: string, change: Config = {}): number {
  const id = nextId();
  put(key, (before) => [...before, { id, name, change }]);
  return id;
}

export const removeDraft = (key: string, id: number) => put(key, (before) => before.filter((one) => one.id !== id));

export const renameDraft = (key: string, id: number, name: string) =>
  put(key, (before) => before.map((one) => (one.id === id ? { ...one, name } : one)));

/** Undefined takes the field out, which for a change means: what the field is without a value. */
export function setField(key: string, id: number, base: Config, name: string, value: unknown, fallback: unknown) {
  const wanted = value === undefined ? (fallback ?? null) : value;
  put(key, (before) =>
    before.map((one) => {
      if (one.id !== id) return one;
      const { [name]: _, ...rest } = one.change;
      const was = name in base ? base[name] : (fallback ?? null);
      return { ...one, change: same(wanted, was) ? rest : { ...rest, [name]: wanted } };
    }),
  );
}

/** A, B, C … Z, then numbers: the first that is not taken. */
export function freeLetter(taken: readonly string[], nameOf: (letter: string) => string): string {
  for (let n = 0; ; n++) {
    const name = nameOf(n < 26 ? String.fromCharCode(65 + n) : String(n + 1));
    if (!taken.includes(name)) return name;
  }
}
