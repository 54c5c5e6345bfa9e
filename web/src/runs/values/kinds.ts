/** What a value is and how to say it in one line. Pure. */
import type { Citation } from '@/api/types';

export type Kind = 'nothing' | 'text' | 'number' | 'boolean' | 'passages' | 'list' | 'object';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list of passages of documents, or null. A retriever's have no numbers yet: they count from 1. */
export function passagesOf(value: unknown): Citation[] | null {
  if (!Array.isArray(value) || !value.length || value.length > 100) return null;
  const passages: Citation[] = [];
  for (const [index, one] of value.entries()) {
    if (!isRecord(one) || typeof one.text !== 'string' || typeof one.document_id !== 'string') return null;
    if (typeof one.document_name !== 'string') return null;
    const number = (key: string, other: number) => (typeof one[key] === 'number' ? (one[key] as number) : other);
    passages.push({
      ...(one as unknown as Citation),
      n: number('n', index + 1),
      chunk_id: String(one.chunk_id ?? index),
      dataset: String(one.dataset ?? ''),
      page: typeof one.page === 'number' ? one.page : null,
      start: number('start', 0),
      end: number('end', 0),
      score: number('score', 0),
    });
  }
  return passages;
}

export function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (passagesOf(value)) return 'passages';
  return Array.isArray(value) ? 'list' : 'object';
}

export function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}

const LONGEST = 200;

/** One line of a value, whatever its size: it stops as soon as the line is full. */
export function preview(value: unknown, longest = LONGEST): string {
  let line = '';
  const write = (text: string) => {
    line += text;
    return line.length < longest;
  };
  const say = (one: unknown): boolean => {
    if (typeof one === 'string') return write(JSON.stringify(one.slice(0, longest)));
    if (Array.isArray(one)) return list('[', one, ']', say);
    if (!isRecord(one)) return write(String(one ?? null));
    return list('{', Object.keys(one), '}', (key) => write(`${key}: `) && say(one[key]));
  };
  const list = <Item>(from: string, items: Item[], to: string, each: (item: Item) => boolean): boolean => {
    if (!write(from)) return false;
    for (const [index, one] of items.entries()) if ((index && !write(', ')) || !each(one)) return false;
    return write(to);
  };
  if (typeof value === 'string') line = value.slice(0, longest + 1).replace(/\s+/g, ' ');
  else say(value);
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}

/** The whole value as text, for the clipboard. */
export const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
