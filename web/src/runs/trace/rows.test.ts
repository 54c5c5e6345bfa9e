import { expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from '../fold';
import { axisOf, rowsOf, ticksOf } from './rows';

const at = (ms: number, type: string, node: string | null = null, data = {}): RunEvent => ({
  type,
  node,
  at: 1000 + ms,
  data,
});

const HISTORY = [
  at(0, 'run.started'),
  at(0, 'node.started', 'a'),
  at(40, 'node.succeeded', 'a', { facts: { usage: { input: 3, output: 4 } } }),
  at(50, 'node.started', 'b'),
  at(60, 'node.skipped', 'never'),
];
const numbered = HISTORY.map((event, index) => ({ ...event, seq: index + 1 }));

const PLAIN = { depth: 0, open: null, pass: null, passes: null };

it('puts nodes on the axis in the order in which they began', () => {
  const view = fold(START, numbered);
  const rows = rowsOf(view, axisOf(view, 1100));
  expect(rows).toEqual([
    { ...PLAIN, id: 'a', status: 'succeeded', attempt: 1, bar: { left: 0, width: 0.4 }, ms: 40, tokens: 7 },
    { ...PLAIN, id: 'b', status: 'running', attempt: 1, bar: { left: 0.5, width: 0.5 }, ms: 50, tokens: 0 },
    { ...PLAIN, id: 'never', status: 'skipped', attempt: 0, bar: null, ms: null, tokens: 0 },
  ]);
});

it('ends the axis where the run ended, and never before what happened, whatever the clock here says', () => {
  const view = fold(START, numbered);
  expect(axisOf(view, 500)).toEqual({ from: 1000, length: 60 });
  const ended = fold(view, [{ ...at(200, 'run.succeeded'), seq: 6 }]);
  expect(axisOf(ended, 99_999)).toEqual({ from: 1000, length: 200 });
  expect(axisOf(START, 7)).toEqual({ from: 7, length: 1 });
});

it('marks the axis at round places', () => {
  expect(ticksOf(1000)).toEqual([0, 500, 1000]);
  expect(ticksOf(9300)).toEqual([0, 5000]);
  expect(ticksOf(1)).toEqual([0, 1]);
  for (const length of [3, 17, 480, 7200, 65_000, 9_000_000]) {
    expect(ticksOf(length).length).toBeGreaterThan(1);
    expect(ticksOf(length).length).toBeLessThan(7);
  }
});

it('takes sixteen times as long for sixteen times the nodes, and not the square of it', () => {
  const took = (nodes: number) => {
    const many = Array.from({ length: nodes }, (_, n) => [
      at(n, 'node.started', `n${n}`),
      at(n + 5, 'node.succeeded', `n${n}`),
    ]);
    const events = [at(0, 'run.started'), ...many.flat()].map((event, index) => ({ ...event, seq: index + 1 }));
    const began = performance.now();
    const view = fold(START, events);
    expect(rowsOf(view, axisOf(view, 0))).toHaveLength(nodes);
    return performance.now() - began;
  };
  const quickest = (nodes: number) => Math.min(...Array.from({ length: 5 }, () => took(nodes)));
  expect(quickest(4000) / quickest(250)).toBeLessThan(100);
});
