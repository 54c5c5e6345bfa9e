import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useReducer } from 'react';
import { type ApiError, asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { runQuery } from '@/api/queries';
import { openStream } from '@/api/stream';
import type { RunEvent } from '@/api/types';
import { fold, hasEnded, isLast, type Live, START } from './live';

type Change = { reset: true } | { events: RunEvent[] } | { lost: ApiError };

interface State {
  live: Live;
  lost: ApiError | null;
}

function reduce(state: State, change: Change): State {
  if ('reset' in change) return { live: START, lost: null };
  if ('lost' in change) return { ...state, lost: change.lost };
  return { ...state, live: fold(state.live, change.events) };
}

/** Follows one run while it goes; when it has ended, `run` is its record with outputs and sources. */
export function useLiveRun(runId: string | null) {
  const client = useQueryClient();
  const [state, change] = useReducer(reduce, { live: START, lost: null });
  useEffect(() => {
    change({ reset: true });
    if (!runId) return;
    const stop = new AbortController();
    openStream<RunEvent>(`/runs/${runId}/events`, {
      signal: stop.signal,
      isLast,
      onEvents: (events) => change({ events }),
      onError: (lost) => change({ lost }),
      onState: (now) => {
        if (now === 'closed') void client.invalidateQueries({ queryKey: keys.runs });
      },
    }).catch((error) => change({ lost: asApiError(error) }));
    return () => stop.abort();
  }, [runId, client]);
  const ended = hasEnded(state.live.status);
  const record = useQuery({ ...runQuery(runId ?? ''), enabled: runId !== null && ended });
  const run = ended && record.data && hasEnded(record.data.status) ? record.data : null;
  return { ...state, run, error: record.error };
}
