/** What a run looks like to the one who asked, folded from its events. Pure. */
import type { RunError, RunEvent, RunStatus } from '@/api/types';

export interface Live {
  status: RunStatus;
  /** Text that streamed so far, by the node it came from, in the order in which they began. */
  answers: { node: string; text: string }[];
  running: string[];
  done: number;
  error: RunError | null;
}

export const START: Live = { status: 'queued', answers: [], running: [], done: 0, error: null };

const ENDED: Record<string, RunStatus> = {
  'run.succeeded': 'succeeded',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

export const isLast = (event: RunEvent) => event.type in ENDED;
export const hasEnded = (status: RunStatus) => status === 'succeeded' || status === 'failed' || status === 'cancelled';

function withDelta(answers: Live['answers'], node: string, text: string, offset: number): Live['answers'] {
  const known = answers.find((one) => one.node === node);
  if (!known) return [...answers, { node, text }];
  // An offset behind the end repeats what we have: a stream that began again sends from 0.
  return answers.map((one) => (one === known ? { node, text: known.text.slice(0, offset) + text } : one));
}

function step(live: Live, event: RunEvent): Live {
  const node = event.node ?? '';
  const rest = live.running.filter((one) => one !== node);
  switch (event.type) {
    case 'run.started':
    case 'run.resumed':
      return { ...live, status: 'running' };
    case 'run.paused':
      return { ...live, status: 'paused' };
    case 'node.started':
      return { ...live, status: 'running', running: [...rest, node] };
    case 'node.delta': {
      const { text, offset, answer } = event.data as { text?: string; offset?: number; answer?: boolean };
      if (answer === false || typeof text !== 'string') return live;
      return { ...live, answers: withDelta(live.answers, node, text, offset ?? 0) };
    }
    case 'node.succeeded':
    case 'node.failed':
      return { ...live, running: rest, done: live.done + 1 };
    case 'node.skipped':
      return { ...live, done: live.done + 1 };
    default: {
      const status = ENDED[event.type];
      if (!status) return live;
      return { ...live, status, running: [], error: (event.data.error as RunError | undefined) ?? null };
    }
  }
}

export const fold = (live: Live, events: RunEvent[]): Live => events.reduce(step, live);
