/** The same recorded runs that the server's fold is held to: both mean the same. */
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunStatus } from '@/api/types';
import { fold, foldUntil, hasEnded, START } from './fold';

interface ServerNode {
  status: string;
  attempt: number;
  outputs: Record<string, unknown>;
  error: unknown;
}

interface History {
  name: string;
  events: RunEvent[];
  state: {
    status: RunStatus;
    seq: number;
    inputs: Record<string, unknown>;
    failure: [string, unknown] | null;
    question: string | null;
    nodes: Record<string, ServerNode>;
  };
}

const found = import.meta.glob<History>('../../../tests/histories/recorded/*/*.json', {
  eager: true,
  import: 'default',
});
const histories = Object.values(found);

/** What the server calls ready or waiting is not reached yet here; what a run's end cut off is called so here. */
function expectedStatus(id: string, { status }: ServerNode, { status: run, question }: History['state']): string {
  if (status === 'waiting' || status === 'ready') return 'idle';
  if (status === 'asked' || (question === id && run === 'paused')) return 'paused';
  return hasEnded(run) && (status === 'running' || status === 'retrying') ? 'cancelled' : status;
}

describe.each(histories)('$name', ({ events, state }) => {
  const view = fold(START, events);

  it('folds to what the server folds it to', () => {
    expect(view).toMatchObject({ status: state.status, seq: state.seq, inputs: state.inputs });
    if (state.status === 'failed' && state.failure) {
      expect(view.error).toMatchObject({ node: state.failure[0], ...(state.failure[1] as object) });
    }
    for (const [id, node] of Object.entries(state.nodes)) {
      const mine = view.nodes[id];
      expect(mine?.status ?? 'idle', id).toBe(expectedStatus(id, node, state));
      expect(mine?.attempt ?? 0, id).toBe(node.attempt);
      if (['succeeded', 'failed'].includes(node.status)) expect(mine?.outputs, id).toEqual(node.outputs);
      if (['failed', 'retrying'].includes(node.status)) expect(mine?.error, id).toEqual(node.error);
    }
  });

  it('folds to the same from wherever it is cut, and knows every moment before', () => {
    for (const { seq = 0 } of events) {
      const past = foldUntil(events, seq);
      expect(past.seq).toBe(seq);
      expect(fold(past, events)).toEqual(view);
    }
  });
});

it('has histories to go by', () => expect(histories.length).toBeGreaterThan(10));
