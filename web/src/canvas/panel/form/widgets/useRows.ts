/** Rows of a list with an identity of their own, so that what is open or typed follows a row that is moved. */
import { useRef } from 'react';

export interface Rows<Row> {
  rows: readonly Row[];
  keyOf(index: number): string;
  set(index: number, row: Row): void;
  add(row: Row): void;
  remove(index: number): void;
  move(index: number, by: number): void;
}

let last = 0;
const fresh = () => `row${++last}`;

export function useRows<Row>(rows: readonly Row[], onChange: (rows: Row[]) => void): Rows<Row> {
  const keys = useRef<string[]>([]);
  // A list that was changed by another hand keeps the identities that it has places for.
  while (keys.current.length < rows.length) keys.current.push(fresh());
  keys.current.length = rows.length;
  return {
    rows,
    keyOf: (index) => keys.current[index] ?? String(index),
    set: (index, row) => onChange(rows.map((old, at) => (at === index ? row : old))),
    add: (row) => onChange([...rows, row]),
    remove: (index) => {
      keys.current.splice(index, 1);
      onChange(rows.filter((_, at) => at !== index));
    },
    move: (index, by) => {
      keys.current = moved(keys.current, index, by);
      onChange(moved(rows, index, by));
    },
  };
}

export function moved<Item>(items: readonly Item[], index: number, by: number): Item[] {
  const next = [...items];
  const taken = next.splice(index, 1);
  next.splice(Math.max(0, Math.min(items.length - 1, index + by)), 0, ...taken);
  return next;
}
