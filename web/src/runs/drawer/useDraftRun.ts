import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Run } from '@/api/types';
import { randomId } from '@/lib/browser';
import { useRun } from '../store';
import { useFollow } from '../useFollow';

interface Options {
  appId: string;
  /** The run to show, where the page keeps it. */
  runId?: string | null;
  onRunId?(id: string | null): void;
  /** Saves the draft; false where it cannot run. */
  beforeRun(): Promise<boolean>;
  /** The draft has problems that must be solved first. */
  onRefused(): void;
}

/** Runs the draft, follows the run, and lets the canvas light up by it. */
export function useDraftRun({ appId, runId, onRunId, beforeRun, onRefused }: Options) {
  const client = useQueryClient();
  const [own, setOwn] = useState<string | null>(null);
  const shown = runId === undefined ? own : runId;
  const following = useFollow(shown);
  const start = useMutation({
    mutationFn: async (inputs: Record<string, unknown>) => {
      if (!(await beforeRun())) return null;
      const headers = { 'Idempotency-Key': randomId() };
      return api.post<Run>(`/apps/${appId}/runs`, { inputs, version: 'draft' }, { headers });
    },
    onSuccess: (run) => {
      if (!run) return onRefused();
      setOwn(run.id);
      onRunId?.(run.id);
      void client.invalidateQueries({ queryKey: [...keys.runs, 'list'] });
    },
  });
  const stop = useMutation({ mutationFn: () => api.post<Run>(`/runs/${shown}/cancel`) });
  const { view } = following;
  useEffect(() => {
    useRun.setState({ runId: shown, view: shown ? view : null });
  }, [shown, view]);
  useEffect(() => () => useRun.setState({ runId: null, view: null }), []);
  return { runId: shown, following, start, stop, going: following.going };
}

export type DraftRun = ReturnType<typeof useDraftRun>;
