import { describe, expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, foldUntil, keepSame, type RunView, START } from './fold';
import { answersOf, doneOf, inOrder, runningOf, usageOf } from './readings';

type Spec = [type: string, node?: string | null, data?: Record<string, unknown>];

/** Numbers and times as a server gives them: stored events count from 1, text has no number. */
function events(...specs: Spec[]): RunEvent[] {
  let seq = 0;
  return specs.map(([type, node = null, data = {}], index) => ({
    seq: type === 'node.delta' ? 0 : ++seq,
    type,
    node,
    at: 1000 + index * 10,
    data,
  }));
}

const delta = (text: string, offset: number, answer = true): Spec => ['node.delta', 'llm', { text, offset, answer }];
const late = { code: 'model_timeout', message: { en: 'late', zh: '超时' } };

const WHOLE = events(
  ['run.started', null, { inputs: { q: 'why?' } }],
  ['node.started', 'a', { attempt: 1 }],
  ['node.succeeded', 'a', { outputs: { text: 'x' } }],
  ['node.started', 'llm', { attempt: 1 }],
  delta('Hel', 0),
  delta('lo', 3),
  ['node.succeeded', 'llm', { outputs: { text: 'Hello' }, facts: { model: 'm', usage: { input: 7, output: 2 } } }],
  ['node.skipped', 'b'],
  ['run.succeeded', null, { outputs: { answer: 'Hello' } }],
);

describe('fold', () => {
  it('follows a run to its end', () => {
    const running = fold(START, WHOLE.slice(0, 6));
    expect(running).toMatchObject({ status: 'running', seq: 4, startedAt: 1000, inputs: { q: 'why?' } });
    expect(runningOf(running)).toEqual(['llm']);
    expect(answersOf(running)).toEqual([{ node: 'llm', text: 'Hello' }]);
    expect(doneOf(running)).toBe(1);
    const ended = fold(running, WHOLE.slice(6));
    expect(ended).toMatchObject({ status: 'succeeded', startedAt: 1000, endedAt: 1080 });
    expect(ended.nodes.llm).toMatchObject({ status: 'succeeded', startedAt: 1030, endedAt: 1060, attempt: 1 });
    expect(ended.nodes.b).toMatchObject({ status: 'skipped', startedAt: null });
    expect(usageOf(ended)).toEqual({ input: 7, output: 2, micros: 0 });
    expect(doneOf(ended)).toBe(3);
  });

  it('takes every event once, however often it comes and however it is cut', () => {
    const whole = fold(START, WHOLE);
    expect(fold(whole, WHOLE)).toMatchObject({ ...whole, nodes: { a: whole.nodes.a, b: whole.nodes.b } });
    expect(fold(START, [...WHOLE, ...WHOLE]).seq).toBe(whole.seq);
    for (let cut = 0; cut <= WHOLE.length; cut++) {
      expect(fold(fold(START, WHOLE.slice(0, cut)), WHOLE.slice(cut))).toEqual(whole);
    }
  });

  it('keeps what did not change as the same object, so that a card is drawn only for its own node', () => {
    const before = fold(START, WHOLE.slice(0, 5));
    const after = fold(before, WHOLE.slice(5, 6));
    expect(after.nodes.a).toBe(before.nodes.a);
    expect(after.nodes.llm).not.toBe(before.nodes.llm);
    expect(fold(after, [])).toBe(after);
  });

  it('replaces the text when a stream begins again, or when a piece repeats', () => {
    const stream = (...specs: Spec[]) => fold(START, events(['node.started', 'llm'], ...specs)).nodes.llm?.text;
    expect(stream(delta('Hello', 0), delta('Hello wor', 0))).toBe('Hello wor');
    expect(stream(delta('Hello', 0), delta('lo', 3), delta(' you', 5))).toBe('Hello you');
  });

  it('shows only what is part of the answer, in the order in which nodes began', () => {
    const view = fold(
      START,
      events(
        ['node.started', 'one'],
        ['node.started', 'two'],
        ['node.delta', 'notes', { text: 'draft', offset: 0, answer: false }],
        ['node.delta', 'two', { text: 'B', offset: 0, answer: true }],
        ['node.delta', 'one', { text: 'A', offset: 0, answer: true }],
      ),
    );
    expect(answersOf(view).map((one) => one.text)).toEqual(['A', 'B']);
    expect(view.nodes.notes).toMatchObject({ text: 'draft', answer: false });
  });

  it('knows a node that waits to be tried again, and drops what its first attempt wrote', () => {
    const history = events(
      ['run.started'],
      ['node.started', 'llm', { attempt: 1 }],
      delta('Half', 0),
      ['node.retrying', 'llm', { attempt: 2, delay: 1, error: late }],
      ['node.started', 'llm', { attempt: 2 }],
    );
    expect(fold(START, history.slice(0, 4)).nodes.llm).toMatchObject({ status: 'retrying', attempt: 1, error: late });
    const again = fold(START, history).nodes.llm;
    expect(again).toMatchObject({ status: 'running', attempt: 2, text: '', error: null, startedAt: 1010 });
  });

  it('knows which way a handled failure leaves by', () => {
    const failed = (handled: string) =>
      fold(START, events(['node.started', 'a'], ['node.failed', 'a', { error: late, handled }])).nodes.a;
    expect(failed('branch')).toMatchObject({ status: 'failed', branch: 'error', error: late });
    expect(failed('default')).toMatchObject({ status: 'failed', branch: null });
  });

  it('keeps the reason of a failure and the node it is of; what was under way is cut', () => {
    const view = fold(
      START,
      events(
        ['run.started'],
        ['node.started', 'a'],
        ['node.started', 'llm'],
        ['node.failed', 'llm', { error: late, handled: 'stop' }],
        ['run.failed', 'llm', { error: late }],
      ),
    );
    expect(view).toMatchObject({ status: 'failed', error: { code: 'model_timeout', node: 'llm' } });
    expect(view.nodes.a).toMatchObject({ status: 'cancelled', endedAt: view.endedAt });
    expect(doneOf(view)).toBe(1);
  });

  it('pauses at a node and goes on as a person decides', () => {
    const asked = events(
      ['run.started'],
      ['node.started', 'post'],
      ['run.paused', 'post', { reason: 'effect_unknown' }],
    );
    const paused = fold(START, asked);
    expect(paused.status).toBe('paused');
    expect(paused.pause?.node).toBe('post');
    const resume = (decision: string): RunView =>
      fold(paused, [{ seq: 4, type: 'run.resumed', node: 'post', at: 2000, data: { decision } }]);
    expect(resume('repeat')).toMatchObject({ status: 'running', nodes: { post: { status: 'idle' } } });
    expect(resume('skip')).toMatchObject({ status: 'running', nodes: { post: { status: 'running' } } });
  });

  it('does not stumble over an event it does not know', () => {
    expect(fold(START, events(['run.started'], ['node.dreamt', 'a']))).toMatchObject({ status: 'running', seq: 2 });
  });
});

describe('foldUntil', () => {
  it('is the run as it was', () => {
    const past = foldUntil(WHOLE, 4);
    expect(past).toMatchObject({ status: 'running', seq: 4 });
    expect(inOrder(past).map(([id, node]) => [id, node.status])).toEqual([
      ['a', 'succeeded'],
      ['llm', 'running'],
    ]);
    expect(foldUntil(WHOLE, 0)).toEqual(START);
  });

  it('keeps the objects of nodes that are the same, forwards and backwards', () => {
    const [early, later] = [foldUntil(WHOLE, 4), foldUntil(WHOLE, 5)];
    for (const [from, to] of [
      [early, later],
      [later, early],
    ] as const) {
      const kept = keepSame(from, to);
      expect(kept).toEqual(to);
      expect(kept.nodes.a).toBe(from.nodes.a);
      expect(kept.nodes.llm).not.toBe(from.nodes.llm);
    }
  });
});
