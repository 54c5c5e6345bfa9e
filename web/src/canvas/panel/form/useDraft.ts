/** Text of a field that is still being typed: kept here, handed on once it rests. A key press costs no redraw. */
import { useCallback, useEffect, useRef, useState } from 'react';

export const REST_MS = 300;

const waiting = new Set<() => void>();

/** Hands on what is still being typed anywhere: before a run or a save. */
export function flushDrafts() {
  for (const flush of [...waiting]) flush();
}

export interface Draft {
  text: string;
  onChange(text: string): void;
  /** Hands the text on at once: on blur. */
  flush(): void;
}

const same = (text: string, value: string) => text === value;

/** `value` from the document wins whenever it changes by another hand: undo, a rename, a neighbour.
 *
 * `means` tells whether a text as typed is that value already ("1." is 1) and may stay as it is.
 */
export function useDraft(value: string, commit: (text: string) => void, means = same): Draft {
  const [text, setText] = useState(value);
  const latest = useRef({ value, commit, pending: null as string | null });
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (!means(text, value)) setText(value);
  }
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    waiting.delete(flush);
    const { pending, value: now, commit: send } = latest.current;
    latest.current.pending = null;
    if (pending !== null && pending !== now) send(pending);
  }, []);
  useEffect(() => {
    const before = latest.current;
    // What was typed before the document changed under it is void, unless it is what was just handed on.
    const pending = before.value === value ? before.pending : null;
    if (pending === null) {
      clearTimeout(timer.current);
      waiting.delete(flush);
    }
    latest.current = { value, commit, pending };
  });
  useEffect(() => flush, [flush]);
  const onChange = useCallback(
    (next: string) => {
      setText(next);
      latest.current.pending = next;
      clearTimeout(timer.current);
      timer.current = setTimeout(flush, REST_MS);
      waiting.add(flush);
    },
    [flush],
  );
  return { text, onChange, flush };
}
