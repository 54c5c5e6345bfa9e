/** What a run's events mean, for canvas, trace and answer alike. Pure; the server's fold means the same. */
import type { RunError, RunEvent, RunStatus } from '@/api/types';

/** `cancelled`: it was under way when the run ended. */
export type NodeStatus = 'idle' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'skipped' | 'paused' | 'cancelled';

export interface NodeView {
  status: NodeStatus;
  attempt: number;
  /** When its first attempt began. */
  startedAt: number | null;
  endedAt: number | null;
  /** Text that it has streamed so far. */
  text: string;
  /** Whether that text is the run's answer. */
  answer: boolean;
  branch: string | null;
  usage: { input: number; output: number } | null;
  /** What it gave; null until it is settled. */
  outputs: Readonly<Record<string, unknown>> | null;
  error: RunError | null;
}

export interface RunView {
  status: RunStatus;
  /** Number of the last stored event taken in. */
  seq: number;
  startedAt: number | null;
  endedAt: number | null;
  /** When the last event happened. */
  at: number | null;
  inputs: Readonly<Record<string, unknown>> | null;
  /** By node id, in the order in which they began. */
  nodes: Readonly<Record<string, NodeView>>;
  error: RunError | null;
  /** Why it is paused, and at which node. */
  pause: Pause | null;
}

export interface Pause {
  reason: 'effect_unknown' | 'approval' | 'breakpoint' | 'step' | 'asked';
  node: string;
  asks?: { form: Record<string, unknown>; roles?: string[]; until?: number | null } | null;
}

export const START: RunView = {
  status: 'queued',
  seq: 0,
  startedAt: null,
  endedAt: null,
  at: null,
  inputs: null,
  nodes: {},
  error: null,
  pause: null,
};

/** A node that the run has not come to. */
export const FRESH: NodeView = {
  status: 'idle',
  attempt: 0,
  startedAt: null,
  endedAt: null,
  text: '',
  answer: false,
  branch: null,
  usage: null,
  outputs: null,
  error: null,
};

const ENDS: Readonly<Record<string, RunStatus>> = {
  'run.succeeded': 'succeeded',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

export const isLast = (event: RunEvent) => event.type in ENDS;
export const hasEnded = (status: RunStatus) => status === 'succeeded' || status === 'failed' || status === 'cancelled';

/** What a batch works on: copied once, so that a burst over a thousand nodes copies their table once. */
type Draft = Omit<RunView, 'nodes'> & { nodes: Record<string, NodeView> };

interface Data {
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown> | null;
  attempt?: number;
  text?: string;
  offset?: number;
  answer?: boolean;
  branch?: string | null;
  handled?: string;
  decision?: string;
  /** Of a value that a person changed. */
  name?: string;
  value?: unknown;
  error?: RunError;
  usage?: NodeView['usage'];
  facts?: { usage?: NodeView['usage'] };
}

/** Takes events in; those that were taken in before change nothing. */
export function fold(view: RunView, events: readonly RunEvent[]): RunView {
  const fresh = events.filter((event) => !event.seq || event.seq > view.seq);
  if (!fresh.length) return view;
  const draft: Draft = { ...view, nodes: { ...view.nodes } };
  for (const event of fresh) {
    if (event.seq && event.seq <= draft.seq) continue; // twice within one batch
    if (event.seq) {
      draft.seq = event.seq;
      draft.at = event.at;
    }
    if (event.node) takeNode(draft, event.node, event);
    takeRun(draft, event);
  }
  return draft;
}

/** The run as it was right after event number `seq`. */
export const foldUntil = (events: readonly RunEvent[], seq: number): RunView =>
  fold(
    START,
    events.filter((event) => event.seq && event.seq <= seq),
  );

/** `after` with the very objects of `before` for nodes that are the same: then only the others are drawn anew. */
export function keepSame(before: RunView, after: RunView): RunView {
  const same = (a: NodeView | undefined, b: NodeView) =>
    a !== undefined && (Object.keys(b) as (keyof NodeView)[]).every((key) => a[key] === b[key]);
  const nodes = Object.entries(after.nodes).map(([id, node]) => {
    const old = before.nodes[id];
    return [id, old && same(old, node) ? old : node] as const;
  });
  return { ...after, nodes: Object.fromEntries(nodes) };
}

function takeRun(draft: Draft, { type, node: failed, at, data }: RunEvent) {
  const { inputs, error } = data as Data;
  if (type === 'run.started') Object.assign(draft, { status: 'running', startedAt: at, inputs: inputs ?? {} });
  if (type === 'run.resumed') Object.assign(draft, { status: 'running', pause: null });
  if (type === 'run.paused') {
    const why = data as Partial<Pause>;
    draft.status = 'paused';
    draft.pause = { ...why, reason: why.reason ?? 'effect_unknown', node: failed ?? '' };
  }
  const end = ENDS[type];
  if (!end) return;
  Object.assign(draft, {
    status: end,
    endedAt: at,
    pause: null,
    error: error ? { ...error, node: error.node ?? failed } : null,
  });
  for (const [id, node] of Object.entries(draft.nodes)) {
    const cut = node.status === 'running' || node.status === 'retrying' || node.status === 'paused';
    if (cut) draft.nodes[id] = { ...node, status: 'cancelled', endedAt: at };
  }
}

function takeNode(draft: Draft, id: string, { type, at, data: raw }: RunEvent) {
  const data = raw as Data;
  const node = draft.nodes[id] ?? FRESH;
  const set = (patch: Partial<NodeView>) => {
    draft.nodes[id] = { ...node, ...patch };
  };
  switch (type) {
    case 'node.started':
      return set({
        status: 'running',
        attempt: data.attempt ?? node.attempt + 1,
        startedAt: node.startedAt ?? at,
        endedAt: null,
        // What an earlier attempt wrote is not part of this one's text.
        text: '',
        error: null,
      });
    case 'node.delta': {
      const { text, offset = 0, answer } = data;
      if (typeof text !== 'string') return;
      // An offset behind the end repeats what is known: a stream that began again sends from 0.
      const before = offset < node.text.length ? node.text.slice(0, offset) : node.text;
      return set({
        status: node.status === 'idle' ? 'running' : node.status,
        text: before + text,
        answer: answer !== false,
      });
    }
    case 'node.asked':
      return set({ status: 'paused' });
    case 'variable.set':
      return set({ outputs: { ...node.outputs, [String(data.name)]: data.value } });
    case 'node.retrying':
      return set({ status: 'retrying', attempt: (data.attempt ?? 2) - 1, error: data.error ?? null });
    case 'node.succeeded':
      return set({ ...settled('succeeded', at, data), error: null, branch: data.branch ?? null });
    case 'node.failed':
      return set({
        ...settled('failed', at, data),
        error: data.error ?? null,
        branch: data.handled === 'branch' ? 'error' : null,
      });
    case 'node.skipped':
      return set({ status: 'skipped', endedAt: at });
    case 'run.paused':
      return set({ status: 'paused' });
    case 'run.resumed':
      // Where a person decided how it counts, its end follows at once; else it waits for its turn.
      return set({ status: data.decision === 'skip' || data.decision === 'fail' ? 'running' : 'idle' });
  }
}

function settled(status: NodeStatus, at: number, data: Data): Partial<NodeView> {
  return { status, endedAt: at, outputs: data.outputs ?? {}, usage: data.usage ?? data.facts?.usage ?? null };
}
