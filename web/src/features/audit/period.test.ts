import { expect, it } from 'vitest';
import { boundsOf, periodOf } from './period';

const NOW = new Date('2026-11-27T12:00:00').getTime();

it('looks back', () => {
  expect(boundsOf('', undefined, undefined, NOW)).toEqual({});
  expect(boundsOf('week', undefined, undefined, NOW)).toEqual({ since: NOW - 7 * 86_400_000 });
});

it('takes whole days, the last one too', () => {
  const { since, until } = boundsOf('own', '2026-11-01', '2026-11-02', NOW);
  expect(since).toBe(new Date('2026-11-01T00:00:00').getTime());
  expect(until).toBe(new Date('2026-11-02T23:59:59.999').getTime());
  expect(boundsOf('own', undefined, 'nonsense', NOW)).toEqual({ since: undefined, until: undefined });
});

it('takes nothing from the address that it does not know', () => {
  expect(periodOf('week')).toBe('week');
  expect(periodOf('century')).toBe('');
});
