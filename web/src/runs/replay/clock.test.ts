import { expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { delaysOf, stopsOf } from './clock';

const event = (seq: number, at: number): RunEvent => ({ seq, at, type: 'node.started', node: `n${seq}`, data: {} });

it('has a stop after each stored event', () => {
  const stops = stopsOf([event(1, 1000), { ...event(0, 0), type: 'node.delta' }, event(2, 1300)]);
  expect(stops.map(({ seq, at }) => [seq, at])).toEqual([
    [1, 0],
    [2, 300],
  ]);
  expect(stopsOf([])).toEqual([]);
});

it('shows quick and slow runs in a time that one can watch', () => {
  const total = (times: number[]) =>
    delaysOf(stopsOf(times.map((at, n) => event(n + 1, at)))).reduce((a, b) => a + b, 0);
  expect(total([0, 1, 2, 3, 50])).toBeLessThan(8000);
  expect(total([0, 1, 2, 3, 50])).toBeGreaterThan(1000);
  expect(total([0, 3_600_000])).toBeLessThan(3000);
  expect(total(Array.from({ length: 2000 }, (_, n) => n * 10))).toBeLessThan(60_000);
});
