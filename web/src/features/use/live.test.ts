import { expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from './live';

const event = (type: string, node: string | null = null, data: Record<string, unknown> = {}): RunEvent => ({
  type,
  node,
  at: 0,
  data,
});

it('follows a run to its end', () => {
  const running = fold(START, [
    event('run.started'),
    event('node.started', 'a'),
    event('node.succeeded', 'a'),
    event('node.started', 'llm'),
    event('node.delta', 'llm', { text: 'Hel', offset: 0, answer: true }),
    event('node.delta', 'llm', { text: 'lo', offset: 3, answer: true }),
  ]);
  expect(running).toMatchObject({
    status: 'running',
    running: ['llm'],
    done: 1,
    answers: [{ node: 'llm', text: 'Hello' }],
  });
  const ended = fold(running, [event('node.succeeded', 'llm'), event('run.succeeded')]);
  expect(ended).toMatchObject({ status: 'succeeded', running: [], done: 2 });
});

it('replaces the text when a stream begins again', () => {
  const before = fold(START, [event('node.delta', 'llm', { text: 'Hello', offset: 0, answer: true })]);
  const after = fold(before, [event('node.delta', 'llm', { text: 'Hello wor', offset: 0, answer: true })]);
  expect(after.answers[0]?.text).toBe('Hello wor');
});

it('shows only what is part of the answer, and keeps the reason of a failure', () => {
  const live = fold(START, [
    event('node.delta', 'draft', { text: 'notes', offset: 0, answer: false }),
    event('run.failed', 'llm', { error: { code: 'model_timeout', message: { en: 'late' } } }),
  ]);
  expect(live.answers).toEqual([]);
  expect(live).toMatchObject({ status: 'failed', error: { code: 'model_timeout' } });
});
