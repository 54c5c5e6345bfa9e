import { expect, it } from 'vitest';
import type { Run } from '@/api/types';
import { greeting, needsAttention } from './attention';

const NOW = 10 * 86_400_000;
const run = (id: string, app: string, status: Run['status'], ago: number) =>
  ({ id, app_id: app, app_name: app, status, created_at: NOW - ago, error: null }) as Run;

const waits = (id: string, reason: string, roles: string[] = []) => ({
  ...run(id, 'd', 'paused', 9 * 86_400_000),
  pause: { reason, node: 'n', asks: { form: { text: '**Send** it?' }, roles, until: null } } as Run['pause'],
});

it('names what waits first, and only news', () => {
  const runs = [
    run('r1', 'a', 'succeeded', 1000),
    run('r2', 'a', 'failed', 2000), // succeeded since
    run('r3', 'b', 'failed', 3000),
    run('r4', 'b', 'failed', 4000), // the same trouble
    run('r5', 'c', 'failed', 3 * 86_400_000), // old
  ];
  const paused = [
    waits('r6', 'effect_unknown'), // waits for ever
    waits('r7', 'approval', ['admin']),
    waits('r8', 'approval', ['owner']), // somebody else's
    waits('r10', 'approval', ['owner', 'grp_legal']),
    waits('r9', 'breakpoint'),
  ];
  const found = needsAttention({ runs, paused, standsAs: ['admin', 'grp_legal'], providers: [] }, NOW);
  expect(found.map((one) => [one.kind, 'id' in one ? one.id : ''])).toEqual([
    ['pausedRun', 'r6'],
    ['askingRun', 'r7'],
    ['askingRun', 'r10'],
    ['noModel', ''],
    ['failedRun', 'r3'],
  ]);
});

it('claims nothing about what has not been loaded', () => {
  expect(needsAttention({}, NOW)).toEqual([]);
});

it('greets by the hour', () => {
  expect([3, 5, 12, 18].map(greeting)).toEqual(['evening', 'morning', 'afternoon', 'evening']);
});
