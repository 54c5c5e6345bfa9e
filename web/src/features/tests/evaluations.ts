/** Evaluations as the page asks for them: begun, watched while they go on, stopped. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { evaluationQuery, evaluationsQuery } from '@/api/queries';
import type { Evaluation, EvaluationStart } from '@/api/types';

const LIST_MS = 2000;
/** The answer grows with the cells, so it is asked for less often where there are many. */
const pollMs = (total: number) => Math.min(4000, 600 + total * 2);

export const goesOn = (one: { status: Evaluation['status'] }) => one.status === 'running';
/** Not over: its runs may still be stopped. */
export const isOpen = (one: { status: Evaluation['status'] }) => one.status === 'running' || one.status === 'paused';

export const watched = (id: string) => ({
  ...evaluationQuery(id),
  // One that has ended never changes.
  staleTime: ({ state }: { state: { data?: Evaluation } }) =>
    state.data && !isOpen(state.data) ? Number.POSITIVE_INFINITY : 0,
  refetchInterval: ({ state }: { state: { data?: Evaluation } }) =>
    state.data && isOpen(state.data) ? pollMs(state.data.total) * (state.data.status === 'paused' ? 4 : 1) : false,
});

export function useEvaluations(appId: string) {
  return useQuery({
    ...evaluationsQuery(appId),
    refetchInterval: ({ state }) => (state.data?.some(goesOn) ? LIST_MS : false),
  });
}

/** One evaluation, followed to its end; the list is told of it. */
export function useEvaluation(id: string | undefined) {
  const client = useQueryClient();
  const query = useQuery({ ...watched(id ?? ''), enabled: Boolean(id) });
  const { app_id: appId, status } = query.data ?? {};
  useEffect(() => {
    if (appId && status) void client.invalidateQueries({ queryKey: keys.evaluations(appId) });
  }, [client, appId, status]);
  return query;
}

export function useStart(appId: string, onStarted: (evaluation: Evaluation) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (start: EvaluationStart) => api.post<Evaluation>(`/apps/${appId}/evaluations`, start),
    onSuccess: (evaluation) => {
      client.setQueryData(keys.evaluation(evaluation.id), evaluation);
      void client.invalidateQueries({ queryKey: keys.evaluations(appId) });
      onStarted(evaluation);
    },
  });
}

export function useStop(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<Evaluation>(`/evaluations/${id}/stop`),
    onSuccess: (evaluation) => client.setQueryData(keys.evaluation(id), evaluation),
  });
}
