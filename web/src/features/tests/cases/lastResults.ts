/** The last result of each case, out of the newest evaluations that ran it as the app is. */
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Cell, EvaluationSummary } from '@/api/types';
import { watched } from '../evaluations';

export interface LastResult {
  cell: Cell;
  evaluationId: string;
  at: number;
}

/** As many as it takes for each case to have a chance of being among them, and no more. */
const MOST = 4;

export function neededFor(count: number, evaluations: readonly EvaluationSummary[]): string[] {
  const ids: string[] = [];
  let covered = 0;
  for (const one of evaluations) {
    if (one.node !== null) continue;
    ids.push(one.id);
    covered += one.total;
    if (covered >= count || ids.length === MOST) break;
  }
  return ids;
}

export function useLastResults(count: number, evaluations: readonly EvaluationSummary[] | undefined) {
  const ids = useMemo(() => neededFor(count, evaluations ?? []), [count, evaluations]);
  return useQueries({
    queries: ids.map(watched),
    combine: (found) => {
      const results = new Map<string, LastResult>();
      for (const { data } of found) {
        for (const cell of data?.cells ?? []) {
          if (results.has(cell.case_id)) continue;
          results.set(cell.case_id, { cell, evaluationId: data?.id ?? '', at: data?.created_at ?? 0 });
        }
      }
      return results;
    },
  });
}
