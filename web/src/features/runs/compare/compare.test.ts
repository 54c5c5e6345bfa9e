import { describe, expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from '@/runs/fold';
import { diffed, lineDiff } from './diff';
import { outputPairs, pairsOf, sameValue } from './rows';

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

type Spec = [type: string, node: string | null, data?: Record<string, unknown>];
const folded = (...specs: Spec[]) =>
  fold(
    START,
    specs.map(([type, node, data = {}], at): RunEvent => ({ seq: at + 1, type, node, at: at * 10, data })),
  );
const did = (node: string, outputs: object, more: object = {}): Spec[] => [
  ['node.started', node],
  ['node.succeeded', node, { outputs, ...more }],
];

describe('two runs', () => {
  const a = folded(
    ['run.started', null],
    ...did('ask', { text: 'x' }),
    ...did('if', {}, { branch: 'true' }),
    ...did('yes', {}),
  );
  const b = folded(
    ['run.started', null],
    ...did('ask', { text: 'y' }),
    ...did('if', {}, { branch: 'false' }),
    ...did('no', {}),
  );
  it('are paired node by node, with what differs', () => {
    expect(pairsOf(a, b).map(({ path, differs }) => [path, differs.join()])).toEqual([
      ['ask', 'outputs'],
      ['if', 'branch'],
      ['no', 'only_b'],
      ['yes', 'only_a'],
    ]);
    expect(pairsOf(a, a).every(({ differs }) => differs.length === 0)).toBe(true);
    expect(pairsOf(a, b).slice(0, 1).flatMap(outputPairs)).toEqual([{ name: 'text', a: 'x', b: 'y', same: false }]);
  });
  it('have the same values where JSON is the same', () => {
    expect(sameValue({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] })).toBe(true);
    expect(sameValue([1], { 0: 1 })).toBe(false);
    expect(sameValue({ a: undefined }, { b: undefined })).toBe(false);
  });
});
