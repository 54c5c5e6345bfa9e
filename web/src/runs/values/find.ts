/** Looks for words in a value: keys and texts, whatever the case. Pure. */
import { childrenOf, rootOf, type TreeRow } from './tree';

export interface Found {
  /** Rows that match, with the path to each. */
  rows: (TreeRow & { path: string })[];
  /** There are more than were looked for. */
  more: boolean;
}

const MOST = 200;
const AROUND = 60;

const plain = (text: string) => text.toLowerCase();

export function matches(value: unknown, words: string): boolean {
  if (typeof value === 'object') return false;
  return plain(String(value)).includes(words);
}

/** The rows of a value whose key or text has the words, in order, at most 200. */
export function find(value: unknown, query: string): Found {
  const words = plain(query.trim());
  const rows: Found['rows'] = [];
  let more = false;
  const visit = (one: Omit<TreeRow, 'depth'>, path: string) => {
    if (more) return;
    const named = one.kind !== 'range' && one.label !== null && plain(one.label).includes(words);
    if (named || matches(one.value, words)) {
      if (rows.length === MOST) {
        more = true;
        return;
      }
      rows.push({ ...one, depth: 0, path });
    }
    if (one.kind === 'text') return; // looked into as a whole
    for (const child of childrenOf(one)) visit(child, child.kind === 'range' ? path : joined(path, one, child.label));
  };
  if (words) visit(rootOf(value), '');
  return { rows, more };
}

function joined(path: string, parent: Omit<TreeRow, 'depth'>, label: string | null): string {
  const inList = Array.isArray(parent.kind === 'range' ? (parent.value as { of: unknown }).of : parent.value);
  if (inList) return `${path}[${label}]`;
  return path ? `${path}.${label}` : (label ?? '');
}

/** The part of a long text around the first place where the words are. */
export function excerpt(text: string, query: string): string {
  const at = plain(text).indexOf(plain(query.trim()));
  if (at <= AROUND) return text.slice(0, 2 * AROUND);
  return `…${text.slice(at - AROUND, at + AROUND)}`;
}

/** A text cut where the words are: every second piece is a match. At most `most` of them are told apart. */
export function cutAt(text: string, query: string, most = 200): string[] {
  const words = plain(query.trim());
  if (!words) return [text];
  const low = plain(text);
  // Some letters change their length with their case; then nothing is marked rather than the wrong part.
  if (low.length !== text.length) return [text];
  const pieces: string[] = [];
  let from = 0;
  for (let at = low.indexOf(words); at >= 0 && pieces.length < 2 * most; at = low.indexOf(words, from)) {
    pieces.push(text.slice(from, at), text.slice(at, at + words.length));
    from = at + words.length;
  }
  pieces.push(text.slice(from));
  return pieces;
}
