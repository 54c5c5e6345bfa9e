/** Expectations as rows of a form, and back. Pure. */
import type { Expectation } from '@/api/types';

/** `equals` compares a text, `value` any JSON. */
export type Kind = 'contains' | 'equals' | 'value' | 'schema' | 'judge';
export const KINDS: readonly Kind[] = ['contains', 'equals', 'value', 'schema', 'judge'];

export interface Row {
  /** Its identity while it is edited. */
  id: number;
  output: string;
  kind: Kind;
  not: boolean;
  /** What is written of the kinds that take words, and of those that take JSON. */
  text: string;
  json: string;
  model: string;
  /** One piece to look for that has several lines: it stays one until somebody writes in it. */
  whole?: string;
}

export type Fault = 'expectEmpty' | 'expectNoJson' | 'expectNoSchema';

export const takesJson = (kind: Kind) => kind === 'value' || kind === 'schema';

/** To begin a schema with. */
const SCHEMA = JSON.stringify({ type: 'object', properties: {}, required: [] }, null, 2);

let last = 0;
const nextId = () => {
  last += 1;
  return last;
};

export function newRow(more: Partial<Row> = {}): Row {
  return { id: nextId(), output: '', kind: 'contains', not: false, text: '', json: '', model: '', ...more };
}

export const withKind = (row: Row, kind: Kind): Row => ({
  ...row,
  kind,
  json: kind === 'schema' && !row.json.trim() ? SCHEMA : row.json,
  // A judge is told in words what should not be.
  not: kind === 'judge' ? false : row.not,
});

export function rowOf(expectation: Expectation): Row {
  const output = expectation.output ?? '';
  if ('judge' in expectation) {
    return newRow({ output, kind: 'judge', text: expectation.judge, model: expectation.model ?? '' });
  }
  const not = expectation.not ?? false;
  if ('contains' in expectation) {
    const wanted = expectation.contains;
    return typeof wanted === 'string'
      ? newRow({ output, not, kind: 'contains', text: wanted, whole: wanted })
      : newRow({ output, not, kind: 'contains', text: wanted.join('\n') });
  }
  if ('schema' in expectation) return newRow({ output, not, kind: 'schema', json: pretty(expectation.schema) });
  if (typeof expectation.equals === 'string') return newRow({ output, not, kind: 'equals', text: expectation.equals });
  return newRow({ output, not, kind: 'value', json: pretty(expectation.equals) });
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2);

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

export function expectationOf(row: Row): { value: Expectation } | { fault: Fault } {
  const output = row.output ? { output: row.output } : {};
  const not = row.not ? { not: true } : {};
  if (takesJson(row.kind)) {
    const read = readJson(row.json);
    if (!read) return { fault: row.json.trim() ? 'expectNoJson' : 'expectEmpty' };
    if (row.kind === 'value') return { value: { ...output, ...not, equals: read.value } };
    return isSchema(read.value) ? { value: { ...output, ...not, schema: read.value } } : { fault: 'expectNoSchema' };
  }
  // That an output is empty can be expected; that it contains nothing can't.
  if (row.kind === 'equals') return { value: { ...output, ...not, equals: row.text } };
  if (!row.text.trim()) return { fault: 'expectEmpty' };
  if (row.kind === 'judge') {
    return { value: { ...output, judge: row.text.trim(), ...(row.model ? { model: row.model } : {}) } };
  }
  if (row.text === row.whole) return { value: { ...output, ...not, contains: row.text } };
  const wanted = lines(row.text);
  return { value: { ...output, ...not, contains: wanted.length > 1 ? wanted : (wanted[0] ?? '') } };
}

const isSchema = (value: unknown): value is Record<string, unknown> | boolean =>
  typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));

export function readJson(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** Which row an error of the server is about: `/expect/2/schema/type`. Null where it is about none. */
export function rowAt(pointer: string | null): number | null {
  const found = /^\/expect\/(\d+)(\/|$)/.exec(pointer ?? '');
  return found ? Number(found[1]) : null;
}
