import { describe, expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from '@/runs/fold';
import { passesOf } from './passes';
import { outputPairs, pairsOf, sameValue } from './rows';

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

describe('passes of a container', () => {
  const run = (...texts: string[]) =>
    folded(
      ['run.started', null],
      ['node.started', 'each'],
      ...texts.flatMap((text, pass) => did(`each/${pass}/say`, { text })),
      ['node.succeeded', 'each', { outputs: { count: 2 } }],
    );
  it('are paired by their numbers, and a container differs where one of them does', () => {
    const [a, b] = [run('x', 'y', 'z'), run('x', 'other')];
    expect(pairsOf(a, b).map(({ path, differs }) => [path, differs])).toEqual([['each', ['inside']]]);
    expect(
      passesOf(a, b, 'each').map(({ number, differs, pairs }) => [number, differs, pairs[0]?.differs.join()]),
    ).toEqual([
      [0, false, ''],
      [1, true, 'outputs'],
      [2, true, 'only_a'],
    ]);
    expect(passesOf(a, b, 'each/0/say')).toEqual([]);
    expect(pairsOf(a, run('x', 'y', 'z'))[0]?.differs).toEqual([]);
  });
  it('go down to containers in containers', () => {
    const nested = (text: string) =>
      folded(
        ['run.started', null],
        ['node.started', 'each'],
        ['node.started', 'each/0/in'],
        ...did('each/0/in/4/say', { text }),
        ['node.succeeded', 'each/0/in', { outputs: {} }],
        ['node.succeeded', 'each', { outputs: {} }],
      );
    const [a, b] = [nested('x'), nested('y')];
    const [pass] = passesOf(a, b, 'each');
    expect(pass?.pairs.map(({ path, differs }) => [path, differs])).toEqual([['each/0/in', ['inside']]]);
    expect(passesOf(a, b, 'each/0/in').map(({ number, differs }) => [number, differs])).toEqual([[4, true]]);
  });
});
