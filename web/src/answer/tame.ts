/** Which Markdown may be drawn: what a parser would take seconds for, or fall over, is shown as it is written. Pure. */

/** Characters of a whole text. */
export const LONGEST = 100_000;

const FENCED = /^\s{0,3}(?:`{3}|~{3})/;
/** A line that begins with quotes in quotes or lists in lists, or far in. */
const DEEP = /^(?:(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])[ \t])){50}|[ \t]{200})/m;
/** Marks that look for each other: the parser's work grows with the square of their number. */
const MARKS: readonly [RegExp, number][] = [
  [/[*_[\]]/g, 1000],
  [/~/g, 100],
  [/!\[/g, 50],
];
/** Of a table: a line too short is filled up to its first line's cells. */
const CELLS = 20_000;

export function isTame(block: string): boolean {
  if (FENCED.test(block)) return true;
  if (DEEP.test(block) || MARKS.some(([mark, most]) => (block.match(mark)?.length ?? 0) > most)) return false;
  const lines = block.split('\n');
  const widest = lines.reduce((most, line) => Math.max(most, line.split('|').length), 0);
  return widest * lines.length <= CELLS || widest < 3;
}
