/** A JSON value as rows of a tree: only what is unfolded becomes rows, long lists unfold in ranges. Pure. */

export type RowKind = 'object' | 'array' | 'range' | 'string' | 'text' | 'line' | 'number' | 'boolean' | 'null';

export interface TreeRow {
  /** Where it is: unique in its tree, and the same as long as the value is. */
  id: string;
  depth: number;
  /** Key, index or range; null for the root and for lines of a text. */
  label: string | null;
  value: unknown;
  kind: RowKind;
  /** Number of children; 0 for a leaf. */
  size: number;
}

/** So many children at most become rows at once. */
export const RANGE = 1000;
const LINE = 160;
const SHORT = 120;

// So that no key makes the id of another row.
const escaped = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('#', '~2');

type Item = Omit<TreeRow, 'depth'>;
type Span = { of: unknown; from: number; to: number };

const lengthOf = (value: object) => (Array.isArray(value) ? value.length : Object.keys(value).length);

function item(id: string, label: string | null, value: unknown): Item {
  if (value === null || value === undefined) return { id, label, value: null, kind: 'null', size: 0 };
  if (typeof value === 'object') {
    return { id, label, value, kind: Array.isArray(value) ? 'array' : 'object', size: lengthOf(value) };
  }
  if (typeof value === 'string') {
    const long = value.length > SHORT || value.includes('\n');
    return { id, label, value, kind: long ? 'text' : 'string', size: long ? 1 : 0 };
  }
  return { id, label, value, kind: typeof value === 'boolean' ? 'boolean' : 'number', size: 0 };
}

/** Lines of a text, long ones cut, so that every row is as high as the others. */
export function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.length <= LINE) return [line];
    return Array.from({ length: Math.ceil(line.length / LINE) }, (_, n) => line.slice(n * LINE, (n + 1) * LINE));
  });
}

function spanOf({ value, kind }: Item): Span | null {
  if (kind === 'range') return value as Span;
  if (kind === 'array' || kind === 'object') return { of: value, from: 0, to: lengthOf(value as object) };
  return null;
}

function ranges(id: string, { of, from, to }: Span): Item[] {
  let step = RANGE;
  while ((to - from) / step > RANGE) step *= RANGE;
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => {
    const [start, end] = [from + n * step, Math.min(to, from + (n + 1) * step)];
    const value: Span = { of, from: start, to: end };
    return { id: `${id}/${start}…${end - 1}`, label: `${start} … ${end - 1}`, value, kind: 'range', size: end - start };
  });
}

export function childrenOf(row: Item): Item[] {
  if (row.kind === 'text') {
    return linesOf(row.value as string).map((line, n) => ({
      id: `${row.id}#${n}`,
      label: null,
      value: line,
      kind: 'line',
      size: 0,
    }));
  }
  const span = spanOf(row);
  if (!span) return [];
  if (span.to - span.from > RANGE) return ranges(row.id, span);
  if (Array.isArray(span.of)) {
    return span.of
      .slice(span.from, span.to)
      .map((value, n) => item(`${row.id}/${span.from + n}`, `${span.from + n}`, value));
  }
  const record = span.of as Record<string, unknown>;
  return Object.keys(record)
    .slice(span.from, span.to)
    .map((key) => item(`${row.id}/${escaped(key)}`, key, record[key]));
}

export const rootOf = (value: unknown): Item => item('', null, value);

/** The rows that are in view: children of what is unfolded, to any depth. */
export function rowsOf(value: unknown, isOpen: (id: string) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (one: Item, depth: number) => {
    rows.push({ ...one, depth });
    if (one.size && isOpen(one.id)) for (const child of childrenOf(one)) add(child, depth + 1);
  };
  add(rootOf(value), 0);
  return rows;
}

/** What is unfolded at first: level by level, as long as it stays on about one screen. */
export function firstOpen(value: unknown, room = 24): Set<string> {
  const open = new Set<string>();
  let level = [rootOf(value)];
  let rows = 1;
  while (level.length) {
    const next: Item[] = [];
    for (const one of level) {
      if (!one.size || one.kind === 'text' || (one.id !== '' && rows + one.size > room)) continue;
      open.add(one.id);
      const children = childrenOf(one);
      rows += children.length;
      next.push(...children);
    }
    level = next;
  }
  return open;
}
