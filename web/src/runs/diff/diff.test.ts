import { describe, expect, it } from 'vitest';
import { diffed, lineDiff } from './diff';

const said = (a: string, b: string) =>
  lineDiff(a, b)?.map(({ kind, parts }) => [kind, parts.map((part) => `${part.kind[0]}:${part.text}`).join('|')]);

describe('the difference of two texts', () => {
  it('keeps equal lines and compares the words of changed ones', () => {
    expect(said('one\ntwo cats\nthree', 'one\ntwo dogs\nthree')).toEqual([
      ['same', 's:one'],
      ['changed', 's:two |g:cats|n:dogs'],
      ['same', 's:three'],
    ]);
    expect(said('市场份额是三成', '市场份额是四成')).toEqual([['changed', 's:市场份额是|g:三|n:四|s:成']]);
  });
  it('shows lines that have little in common as two', () => {
    expect(said('alpha', 'omega')).toEqual([
      ['gone', 'g:alpha'],
      ['new', 'n:omega'],
    ]);
    expect(said('', 'x')).toEqual([
      ['gone', 'g:'],
      ['new', 'n:x'],
    ]);
  });
  it('gives both texts back, whatever they are', () => {
    for (const [a, b] of [
      ['abcabba', 'cbabac'],
      ['', 'xyz'],
      ['same', 'same'],
      ['aXbXc', 'bYcYd'],
    ] as const) {
      const parts = diffed([...a], [...b]) ?? [];
      const of = (kind: string) => parts.filter((one) => one.kind !== kind).map((one) => one.text);
      expect([of('new').join(''), of('gone').join('')]).toEqual([a, b]);
    }
  });
  it('says no where it would take too long', () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, n) => `${word}${n}`);
    expect(diffed(many('a'), many('b'))).toBeNull();
  });
});
