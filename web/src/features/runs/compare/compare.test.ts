import { describe, expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from '@/runs/fold';
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
