import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Run } from '@/api/types';
import { randomId } from '@/lib/browser';
import { useCan } from '@/lib/session';
import { usePause, useStop } from '../debug/goOn';
import { isKnown } from '../debug/known';
import { breakpointsFor, pinsFor } from '../debug/store';
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

export interface Start {
  inputs: Record<string, unknown>;
  /** A node to stop before, this time only. */
  to?: string;
  /** "step" pauses before the first node. */
  mode?: 'go' | 'step';
}

/** Runs the draft, follows the run, and lets the canvas light up by it. */
export function useDraftRun({ appId, runId, onRunId, beforeRun, onRefused }: Options) {
  const client = useQueryClient();
  const can = useCan();
  const [own, setOwn] = useState<string | null>(null);
  const shown = runId === undefined ? own : runId;
  const following = useFollow(shown);
  const start = useMutation({
    mutationFn: async ({ inputs, to, mode }: Start) => {
      if (!(await beforeRun())) return null;
      const headers = { 'Idempotency-Key': randomId() };
      // Not all who may run may debug.
      const debug = can('run.debug') ? { breakpoints: breakpointsFor(isKnown, to), pins: pinsFor(isKnown), mode } : {};
      return api.post<Run>(`/apps/${appId}/runs`, { inputs, version: 'draft', ...debug }, { headers });
    },
    onSuccess: (run) => {
      if (!run) return onRefused();
      setOwn(run.id);
      onRunId?.(run.id);
      void client.invalidateQueries({ queryKey: [...keys.runs, 'list'] });
    },
  });
  const stop = useStop(shown);
  const pause = usePause(shown);
  const { view } = following;
  useEffect(() => {
    useRun.setState({ runId: shown, view: shown ? view : null });
  }, [shown, view]);
  useEffect(() => () => useRun.setState({ runId: null, view: null }), []);
  return { runId: shown, following, start, stop, pause, going: following.going };
}

export type DraftRun = ReturnType<typeof useDraftRun>;
