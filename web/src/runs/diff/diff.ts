/** What differs between two texts: lines, and within changed lines words. Pure. */

export interface Part {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** A table of this many cells is the most that is worth the wait. */
const MOST_CELLS = 4_000_000;

/** The shortest way from `a` to `b`, by the longest common subsequence; null where both are too long for it. */
export function diffed(a: readonly string[], b: readonly string[]): Part[] | null {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  if (left.length * right.length > MOST_CELLS) return null;
  const same = (text: string): Part => ({ kind: 'same', text });
  return [...a.slice(0, head).map(same), ...between(left, right), ...a.slice(a.length - tail).map(same)];
}

function between(a: readonly string[], b: readonly string[]): Part[] {
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const parts: Part[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      parts.push({ kind: 'same', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      parts.push({ kind: 'gone', text: left });
      i++;
    } else {
      parts.push({ kind: 'new', text: right ?? '' });
      j++;
    }
  }
  return parts;
}

export interface Line {
  kind: Part['kind'] | 'changed';
  /** The pieces of a changed line, or the line as one piece. */
  parts: Part[];
}

/** A run of Latin letters or digits is a word; of other scripts each letter is one. */
const WORD = /[A-Za-z0-9_À-ɏ]+|\s+|[\s\S]/gu;

/** Lines of two texts. A line that has another in its place is shown as one with its words compared. */
export function lineDiff(a: string, b: string): Line[] | null {
  const parts = diffed(a.split('\n'), b.split('\n'));
  if (!parts) return null;
  const lines: Line[] = [];
  for (let at = 0; at < parts.length; ) {
    const part = parts[at];
    if (!part || part.kind === 'same') {
      if (part) lines.push({ kind: 'same', parts: [part] });
      at++;
      continue;
    }
    let end = at;
    while (end < parts.length && parts[end]?.kind !== 'same') end++;
    lines.push(...block(parts.slice(at, end)));
    at = end;
  }
  return lines;
}

function block(parts: readonly Part[]): Line[] {
  const gone = parts.filter((part) => part.kind === 'gone');
  const fresh = parts.filter((part) => part.kind === 'new');
  const lines: Line[] = [];
  for (let at = 0; at < Math.max(gone.length, fresh.length); at++) {
    const [left, right] = [gone[at], fresh[at]];
    const words = left && right ? wordDiff(left.text, right.text) : null;
    if (words) lines.push({ kind: 'changed', parts: words });
    else for (const part of [left, right]) if (part) lines.push({ kind: part.kind, parts: [part] });
  }
  return lines;
}

/** Null where too little is common to both for words to say more than two lines do. */
function wordDiff(a: string, b: string): Part[] | null {
  const parts = diffed(a.match(WORD) ?? [], b.match(WORD) ?? []);
  if (!parts) return null;
  const kept = parts.filter((part) => part.kind === 'same').reduce((sum, part) => sum + part.text.trim().length, 0);
  return kept * 3 >= Math.max(a.length, b.length) ? joined(parts) : null;
}

/** Neighbours of one kind as one piece. */
function joined(parts: readonly Part[]): Part[] {
  const out: Part[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (last?.kind === part.kind) out[out.length - 1] = { kind: part.kind, text: last.text + part.text };
    else out.push(part);
  }
  return out;
}
