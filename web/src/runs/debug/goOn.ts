/** How a paused run goes on, and what keys do it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ArrowDownToDot, ArrowUpFromDot, type LucideIcon, Play, RedoDot } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Breakpoint, Run } from '@/api/types';
import type { words } from '../words';

export type Mode = 'go' | 'step' | 'over' | 'out';

export interface Way {
  mode: Mode;
  icon: LucideIcon;
  word: keyof typeof words.en;
  chord: string;
}

/** In the order of the buttons. Into is what a step does. */
export const WAYS: readonly Way[] = [
  { mode: 'go', icon: Play, word: 'goOn', chord: 'F5' },
  { mode: 'step', icon: ArrowDownToDot, word: 'stepInto', chord: 'F10' },
  { mode: 'over', icon: RedoDot, word: 'stepOver', chord: 'Shift F10' },
  { mode: 'out', icon: ArrowUpFromDot, word: 'stepOut', chord: 'Shift F11' },
];

export interface GoOn {
  mode: Mode;
  /** None: those that the run has. */
  breakpoints?: Breakpoint[];
}

export function useGoOn(runId: string | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (going: GoOn) => api.post<Run>(`/runs/${runId}/continue`, going),
    onSettled: () => client.invalidateQueries({ queryKey: keys.run(runId ?? ''), exact: true }),
  });
}

export function usePause(runId: string | null) {
  return useMutation({ mutationFn: () => api.post<Run>(`/runs/${runId}/pause`) });
}

export function useStop(runId: string | null) {
  return useMutation({ mutationFn: () => api.post<Run>(`/runs/${runId}/cancel`) });
}
