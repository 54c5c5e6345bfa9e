import { StringStream } from '@codemirror/language';
import { describe, expect, it } from 'vitest';
import { parser } from './javascript';

function read(...lines: string[]): [string, string][] {
  const state = parser.startState?.(2);
  if (!state) throw new Error('it begins with nothing');
  return lines.flatMap((line) => {
    const stream = new StringStream(line, 2, 2);
    const found: [string, string][] = [];
    while (!stream.eol()) {
      stream.start = stream.pos;
      const kind = parser.token(stream, state);
      expect(stream.pos, `it stands still at ${line.slice(stream.pos)}`).toBeGreaterThan(stream.start);
      if (kind) found.push([kind, stream.current()]);
    }
    return found;
  });
}

describe('JavaScript in the editor', () => {
  it('tells words, texts, numbers and comments apart', () => {
    expect(read('const n = 0xFFn + 1.5e3; // "no"')).toEqual([
      ['keyword', 'const'],
      ['variableName', 'n'],
      ['number', '0xFFn'],
      ['number', '1.5e3'],
      ['comment', '// "no"'],
    ]);
    expect(read("return x ? 'it\\'s' : null")).toEqual([
      ['keyword', 'return'],
      ['variableName', 'x'],
      ['string', "'it\\'s'"],
      ['atom', 'null'],
    ]);
  });

  it('goes on over lines where a comment or a template text does', () => {
    expect(read('/* a', 'b */ `c', 'd #{e} \\``', '澜')).toEqual([
      ['comment', '/*'],
      ['comment', ' a'],
      ['comment', 'b */'],
      ['string', '`'],
      ['string', 'c'],
      ['string', 'd #{e} \\``'],
      ['variableName', '澜'],
    ]);
  });

  it('indents by open brackets, and a closing one goes back', () => {
    const state = { inside: '' as const, depth: 2 };
    const context = { unit: 2 } as Parameters<NonNullable<typeof parser.indent>>[2];
    expect([parser.indent?.(state, 'x', context), parser.indent?.(state, '})', context)]).toEqual([4, 2]);
  });
});
