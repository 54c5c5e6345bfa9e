/** What a run's events mean, for canvas, trace and answer alike. Pure; the server's fold means the same. */
import type { Note, Pause, RunError, RunEvent, RunStatus, Usage } from '@/api/types';
import { dropInside, type PassView, passesEnd, takePass } from './passes';
import { holdersOf } from './paths';

export type { Pause } from '@/api/types';

/** `cancelled`: it was under way when the run ended. */
export type NodeStatus = 'idle' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'skipped' | 'paused' | 'cancelled';

export interface NodeView {
  status: NodeStatus;
  attempt: number;
  /** How often it has asked a person. */
  asked: number;
  /** When its first attempt began. */
  startedAt: number | null;
  endedAt: number | null;
  /** Text that it has streamed so far. */
  text: string;
  /** Whether that text is the run's answer. */
  answer: boolean;
  branch: string | null;
  usage: Usage | null;
  /** What it gave; null until it is settled. */
  outputs: Readonly<Record<string, unknown>> | null;
  error: RunError | null;
  /** Of a container: how many passes it began, how many of them are over, and how many failed. */
  passes: { begun: number; done: number; failed: number } | null;
  /** Who changed which of its outputs by hand. */
  changed: Readonly<Record<string, string>> | null;
  /** What it wrote down on its way. */
  notes: readonly Note[];
}

/** A variable that is no input of the run, or is one that was changed. */
export interface Changed {
  value: unknown;
  /** The node that set it, or the person. */
  by: string;
  byNode: boolean;
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
  /** By the node's path, in the order in which they began. */
  nodes: Readonly<Record<string, NodeView>>;
  /** By the path of the pass: `each_1/3`. */
  passes: Readonly<Record<string, PassView>>;
  /** Variables that nodes or people set. */
  variables: Readonly<Record<string, Changed>>;
  error: RunError | null;
  /** Why it is paused, and at which node. */
  pause: Pause | null;
}

export const START: RunView = {
  status: 'queued',
  seq: 0,
  startedAt: null,
  endedAt: null,
  at: null,
  inputs: null,
  nodes: {},
  passes: {},
  variables: {},
  error: null,
  pause: null,
};

/** A node that the run has not come to. */
export const FRESH: NodeView = {
  status: 'idle',
  attempt: 0,
  asked: 0,
  startedAt: null,
  endedAt: null,
  text: '',
  answer: false,
  branch: null,
  usage: null,
  outputs: null,
  error: null,
  passes: null,
  changed: null,
  notes: [],
};

const ENDS: Readonly<Record<string, RunStatus>> = {
  'run.succeeded': 'succeeded',
  'run.failed': 'failed',
  'run.cancelled': 'cancelled',
};

export const isLast = (event: RunEvent) => event.type in ENDS;
export const hasEnded = (status: RunStatus) => status === 'succeeded' || status === 'failed' || status === 'cancelled';

/** What a batch works on: copied once, so that a burst over a thousand nodes copies their table once. */
export type Draft = Omit<RunView, 'nodes' | 'passes'> & {
  nodes: Record<string, NodeView>;
  passes: Record<string, PassView>;
};

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
  by?: string;
  /** Variables that a node set. */
  set?: Record<string, unknown>;
  error?: RunError;
  usage?: NodeView['usage'];
  facts?: { usage?: NodeView['usage'] };
}

/** Takes events in; those that were taken in before change nothing. */
export function fold(view: RunView, events: readonly RunEvent[]): RunView {
  const fresh = events.filter((event) => !event.seq || event.seq > view.seq);
  if (!fresh.length) return view;
  const draft: Draft = { ...view, nodes: { ...view.nodes }, passes: { ...view.passes } };
  for (const event of fresh) {
    if (event.seq && event.seq <= draft.seq) continue; // twice within one batch
    if (event.seq) {
      draft.seq = event.seq;
      draft.at = event.at;
    }
    const before = event.node ? draft.nodes[event.node] : undefined;
    if (event.node) takeNode(draft, event.node, event);
    takePass(draft, event, before);
    takeRun(draft, event);
    takeVariables(draft, event);
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
  if (type === 'run.resumed') {
    Object.assign(draft, { status: 'running', pause: null });
    setHolders(draft, failed, 'paused', 'running');
  }
  if (type === 'run.paused') {
    const why = data as Partial<Pause>;
    draft.status = 'paused';
    draft.pause = { ...why, reason: why.reason ?? 'effect_unknown', node: failed ?? '' };
    setHolders(draft, failed, 'running', 'paused');
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
  passesEnd(draft, at);
}

/** A container stands still with the node inside of it. */
function setHolders(draft: Draft, path: string | null, from: NodeStatus, to: NodeStatus) {
  for (const holder of path ? holdersOf(path) : []) {
    const node = draft.nodes[holder];
    if (node?.status === from) draft.nodes[holder] = { ...node, status: to };
  }
}

function takeVariables(draft: Draft, { type, node, data: raw }: RunEvent) {
  const data = raw as Data;
  if (type === 'variable.set' && !node) {
    const changed: Changed = { value: data.value, by: data.by ?? '', byNode: false };
    draft.variables = { ...draft.variables, [String(data.name)]: changed };
  }
  if (type !== 'node.succeeded' || !data.set) return;
  const set = Object.entries(data.set).map(([name, value]) => [name, { value, by: node ?? '', byNode: true }]);
  draft.variables = { ...draft.variables, ...Object.fromEntries(set) };
}

function takeNode(draft: Draft, id: string, { type, at, data: raw }: RunEvent) {
  const data = raw as Data;
  const node = draft.nodes[id] ?? FRESH;
  const set = (patch: Partial<NodeView>) => {
    draft.nodes[id] = { ...node, ...patch };
  };
  switch (type) {
    case 'node.started':
      if (node.passes) dropInside(draft, id);
      return set({
        passes: null,
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
      return set({ status: 'paused', asked: node.asked + 1 });
    case 'variable.set':
      return set({
        outputs: { ...node.outputs, [String(data.name)]: data.value },
        changed: { ...node.changed, [String(data.name)]: data.by ?? '' },
      });
    case 'node.noted':
      return set({ notes: [...node.notes, data as Note] });
    case 'node.retrying':
      return set({ status: 'retrying', attempt: (data.attempt ?? 2) - 1, error: data.error ?? null });
    case 'node.succeeded':
      return set({
        ...settled('succeeded', at, data),
        // With an attempt: it began at the same time, and no event says so.
        ...(data.attempt ? { attempt: data.attempt, startedAt: node.startedAt ?? at } : {}),
        error: null,
        branch: data.branch ?? null,
      });
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
  return {
    status,
    endedAt: at,
    outputs: data.outputs ?? {},
    changed: null,
    usage: data.usage ?? data.facts?.usage ?? null,
  };
}
