/** Streams of runs, shared: however many parts of a page show a run, it is followed once and folded once. */
import { type ApiError, asApiError } from '@/api/errors';
import { openStream } from '@/api/stream';
import type { RunEvent } from '@/api/types';
import { fold, isLast, type RunView, START } from './fold';

export interface Followed {
  view: RunView;
  /** The connection was lost and is being restored. */
  retrying: boolean;
  /** The server refused: no more will come. */
  lost: ApiError | null;
}

export const NOTHING: Followed = { view: START, retrying: false, lost: null };

interface Follower {
  state: Followed;
  readers: Set<() => void>;
  stop: AbortController;
}

const followers = new Map<string, Follower>();

export const followed = (runId: string | null): Followed => followers.get(runId ?? '')?.state ?? NOTHING;

/** Follows a run as long as somebody reads it. Returns how to leave. */
export function follow(runId: string, onChange: () => void): () => void {
  const follower = followers.get(runId) ?? begin(runId);
  follower.readers.add(onChange);
  return () => {
    follower.readers.delete(onChange);
    if (follower.readers.size) return;
    follower.stop.abort();
    if (followers.get(runId) === follower) followers.delete(runId);
  };
}

function begin(runId: string): Follower {
  const follower: Follower = { state: NOTHING, readers: new Set(), stop: new AbortController() };
  const set = (patch: Partial<Followed>) => {
    follower.state = { ...follower.state, ...patch };
    for (const reader of [...follower.readers]) reader();
  };
  followers.set(runId, follower);
  openStream<RunEvent>(`/runs/${runId}/events`, {
    signal: follower.stop.signal,
    isLast,
    onEvents: (events) => set({ view: fold(follower.state.view, events) }),
    onState: (state) => set({ retrying: state === 'retrying' }),
    onError: (lost) => set({ lost }),
  }).catch((error) => set({ lost: asApiError(error) }));
  return follower;
}
