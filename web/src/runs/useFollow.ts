import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useSyncExternalStore } from 'react';
import { keys } from '@/api/keys';
import { runQuery } from '@/api/queries';
import type { Run } from '@/api/types';
import { hasEnded } from './fold';
import { type Followed, follow, followed, NOTHING } from './follow';

export interface Following extends Followed {
  /** Its record, with outputs and sources; null until it has ended. */
  run: Run | null;
  /** Why the record could not be read. */
  error: unknown;
  /** It was started and goes on, or waits for somebody. */
  going: boolean;
}

const none = () => () => {};

/** Follows one run; every part of the page that follows the same one shares its stream. */
export function useFollow(runId: string | null): Following {
  const client = useQueryClient();
  const subscribe = useCallback((onChange: () => void) => (runId ? follow(runId, onChange) : none()), [runId]);
  const state = useSyncExternalStore(subscribe, () => (runId ? followed(runId) : NOTHING));
  const ended = hasEnded(state.view.status);
  useEffect(() => {
    if (!runId || !ended) return;
    const known = client.getQueryData<Run>(keys.run(runId));
    if (known && hasEnded(known.status)) return; // a past run: nothing changed by reading it again
    void client.invalidateQueries({ queryKey: keys.run(runId), exact: true });
    void client.invalidateQueries({ queryKey: [...keys.runs, 'list'] });
  }, [client, runId, ended]);
  const record = useQuery({ ...runQuery(runId ?? ''), enabled: runId !== null && ended });
  const run = ended && record.data && record.data.id === runId && hasEnded(record.data.status) ? record.data : null;
  return { ...state, run, error: record.error, going: runId !== null && !ended && !state.lost };
}
