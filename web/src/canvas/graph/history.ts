/** Undo and redo from immer's patches: every edit has a name, keystrokes in one field are one edit. Pure. */
import { applyPatches, enablePatches, type Patch, produceWithPatches } from 'immer';
import type { Doc } from './document';

enablePatches();

export interface Edit {
  /** A key of the canvas's words: `edit_add`, `edit_move` … */
  name: string;
  undo: Patch[];
  redo: Patch[];
  /** Edits with the same key that follow each other quickly are one. */
  key?: string;
  at: number;
}

export interface History {
  past: Edit[];
  future: Edit[];
}

export const EMPTY: History = { past: [], future: [] };
const LONGEST = 200;
const JOIN_MS = 800;

/** The document after `recipe` and the history with it; the same objects where nothing changed. */
export function edited(
  doc: Doc,
  history: History,
  name: string,
  recipe: (draft: Doc) => void,
  key?: string,
  at = Date.now(),
): [Doc, History] {
  const [next, redo, undo] = produceWithPatches(doc, (draft) => {
    recipe(draft);
  });
  if (!redo.length) return [doc, history];
  const last = history.past.at(-1);
  const joins = key !== undefined && last?.key === key && at - last.at < JOIN_MS && !history.future.length;
  const edit: Edit = joins
    ? { ...last, redo: [...last.redo, ...redo], undo: [...undo, ...last.undo], at }
    : { name, undo, redo, key, at };
  const past = joins ? [...history.past.slice(0, -1), edit] : [...history.past.slice(-LONGEST + 1), edit];
  return [next, { past, future: [] }];
}

export function undone(doc: Doc, { past, future }: History): [Doc, History] {
  const edit = past.at(-1);
  if (!edit) return [doc, { past, future }];
  return [applyPatches(doc, edit.undo), { past: past.slice(0, -1), future: [...future, edit] }];
}

export function redone(doc: Doc, { past, future }: History): [Doc, History] {
  const edit = future.at(-1);
  if (!edit) return [doc, { past, future }];
  // No key any more: what follows must not be joined to what was redone.
  return [applyPatches(doc, edit.redo), { past: [...past, { ...edit, key: undefined }], future: future.slice(0, -1) }];
}
