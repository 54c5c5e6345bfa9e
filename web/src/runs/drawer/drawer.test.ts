// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest';
import type { Problem } from '@/api/types';
import { foldUntil } from '../fold';
import { clampHeight, keepTexts, keptHeight, keptTexts, MIN_HEIGHT } from './kept';
import { sorted, stepped } from './problems';
import { filtered, variablesOf } from './variables';

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

it('keeps the inputs of each app apart, and forgives what cannot be read', () => {
  keepTexts('a', { q: 'why?' });
  expect(keptTexts('a')).toEqual({ q: 'why?' });
  expect(keptTexts('b')).toEqual({});
  sessionStorage.setItem('atoll.inputs.a', '{"q": 1, "p": "x"');
  expect(keptTexts('a')).toEqual({});
  sessionStorage.setItem('atoll.inputs.a', '{"q": 1, "p": "x"}');
  expect(keptTexts('a')).toEqual({ p: 'x' });
});

it('leaves the canvas its part of the window', () => {
  expect(clampHeight(5000, 1000)).toBe(700);
  expect(clampHeight(10, 1000)).toBe(MIN_HEIGHT);
  localStorage.setItem('atoll.drawer', 'nonsense');
  expect(keptHeight(1000)).toBe(320);
  expect(keptHeight(100)).toBe(MIN_HEIGHT);
});

it('walks problems round, errors first', () => {
  const all = ['warning', 'error', 'error'].map((severity, n) => ({ severity, code: `${n}` })) as Problem[];
  expect(sorted(all).map((one) => one.code)).toEqual(['1', '2', '0']);
  expect([stepped(-1, 3, 1), stepped(2, 3, 1), stepped(-1, 3, -1), stepped(0, 3, -1), stepped(0, 0, 1)]).toEqual([
    0, 0, 2, 2, -1,
  ]);
});

it('lists every value by the name that a template uses', () => {
  const event = (seq: number, type: string, node: string | null, data: Record<string, unknown>) => ({
    seq,
    type,
    node,
    at: seq,
    data,
  });
  const view = foldUntil(
    [
      event(1, 'run.started', null, { inputs: { q: 'why?' } }),
      event(2, 'node.started', 'ask', {}),
      event(3, 'node.succeeded', 'ask', { outputs: { text: 'Because.', cites: [{ name: 'Report' }] } }),
      event(4, 'node.started', 'end', {}),
    ],
    9,
  );
  const all = variablesOf(view);
  expect(all.map((one) => one.path)).toEqual(['q', 'ask.text', 'ask.cites']);
  const found = (query: string) => filtered(all, query, (node) => `The ${node}`).map((one) => one.path);
  expect(found('report')).toEqual(['ask.cites']);
  expect(found('THE ASK')).toEqual(['ask.text', 'ask.cites']);
  expect(found('')).toHaveLength(3);
  expect(found('zzz')).toEqual([]);
});
