/** Where the names, filters and words of a template are. Pure; the server's own parser has the last word. */

export interface Token {
  kind: 'tag' | 'name' | 'filter' | 'word' | 'comment';
  from: number;
  to: number;
  text: string;
}

const TAG = /\{\{[\s\S]*?(?:\}\}|$)|\{%[\s\S]*?(?:%\}|$)|\{#[\s\S]*?(?:#\}|$)/g;
const PIECE = /'[^']*'|"[^"]*"|[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*|\||\S/gu;

const WORDS = new Set(
  'for in if elif else endif endfor endset set and or not is true false none True False None recursive loop with endwith filter endfilter macro endmacro raw endraw block endblock'.split(
    ' ',
  ),
);

export function tokens(source: string): Token[] {
  const found: Token[] = [];
  for (const tag of source.matchAll(TAG)) {
    const [text] = tag;
    const start = tag.index;
    if (text.startsWith('{#')) {
      found.push({ kind: 'comment', from: start, to: start + text.length, text });
      continue;
    }
    found.push({ kind: 'tag', from: start, to: start + text.length, text });
    let before = '';
    for (const piece of text.matchAll(PIECE)) {
      const [word] = piece;
      const from = start + piece.index;
      const to = from + word.length;
      if (/^[\p{L}_]/u.test(word)) {
        const after = source.slice(to, to + 2).trimStart();
        if (WORDS.has(word)) found.push({ kind: 'word', from, to, text: word });
        else if (before === '|' || before === 'is' || before === 'not') {
          found.push({ kind: before === '|' ? 'filter' : 'name', from, to, text: word });
          if (before !== '|') retest(found, source);
        } else if (!after.startsWith('(') && !(after.startsWith('=') && !after.startsWith('==')) && before !== '.') {
          found.push({ kind: 'name', from, to, text: word });
        }
      }
      before = word;
    }
  }
  return found;
}

/** After `is` and `is not` comes a test, not a name; after a plain `not` comes a name. */
function retest(found: Token[], source: string) {
  const last = found.at(-1);
  if (last && /\bis(?:\s+not)?\s+$/.test(source.slice(0, last.from))) last.kind = 'filter';
}

const BOUND = /\{%-?\s*(?:for\s+([\p{L}\p{N}_,\s]+?)\s+in\b|set\s+([\p{L}\p{N}_,\s]+?)\s*(?:=|%))/gu;

/** Names that the template makes itself: of loops and `set`. */
export function locals(source: string): Set<string> {
  const found = new Set(['loop']);
  for (const [, loop, set] of source.matchAll(BOUND)) {
    for (const name of (loop ?? set ?? '').split(',')) found.add(name.trim());
  }
  return found;
}

/** Names used that nothing is known to give. */
export function unknownNames(source: string, known: (name: string) => boolean): Token[] {
  const own = locals(source);
  return tokens(source).filter(
    ({ kind, text }) => kind === 'name' && !own.has(text.split('.')[0] ?? '') && !known(text),
  );
}

/** Filters that people need most, in the order in which they are offered. */
export const FILTERS = [
  'default',
  'upper',
  'lower',
  'trim',
  'length',
  'join',
  'first',
  'last',
  'replace',
  'tojson',
  'round',
  'sort',
  'unique',
  'map',
];

/** What the cursor is about to name: inside `{{ `, after a `|`, or after a `/` that begins a word. */
export function asked(before: string): { kind: 'name' | 'filter' | 'slash'; typed: string } | null {
  const open = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  const closed = Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
  if (open > closed) {
    const inside = before.slice(open + 2);
    if ((inside.match(/"/g)?.length ?? 0) % 2 || (inside.match(/'/g)?.length ?? 0) % 2) return null;
    const filter = /\|\s*(\w*)$/.exec(inside);
    if (filter) return { kind: 'filter', typed: filter[1] ?? '' };
    const name = /(?:^|[\s(,=[])([\p{L}_][\p{L}\p{N}_.]*)?$/u.exec(inside);
    return name ? { kind: 'name', typed: name[1] ?? '' } : null;
  }
  const slash = /(?:^|\s)\/([\p{L}\p{N}_.]*)$/u.exec(before);
  return slash ? { kind: 'slash', typed: slash[1] ?? '' } : null;
}

export const reference = (name: string) => `{{ ${name} }}`;

/** What to write for a name at a place, with the braces that are missing there; `back` characters before it go. */
export function insertion(before: string, after: string, name: string): { back: number; text: string } {
  const wanted = asked(before);
  if (wanted?.kind === 'slash') return { back: wanted.typed.length + 1, text: reference(name) };
  const open = openTag(before);
  if (!open) return { back: 0, text: reference(name) };
  return { back: 0, text: (/[{%]$/.test(before) ? ' ' : '') + name + (open === '{{' ? closing(after) : '') };
}

/** The end of a `{{ … }}` that does not have one yet. */
export const closing = (after: string) => (/^[^{\n]*\}\}/.test(after) ? '' : ' }}');

/** The tag that a place is inside of. */
export function openTag(before: string): '{{' | '{%' | null {
  const [value, block] = [before.lastIndexOf('{{'), before.lastIndexOf('{%')];
  if (Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}')) > Math.max(value, block)) return null;
  return value < 0 && block < 0 ? null : value > block ? '{{' : '{%';
}
