/** The variants of a node: those being written, else those that were tried last, else one to begin with. */
import { useEffect } from 'react';
import type { Evaluation, EvaluationSummary } from '@/api/types';
import { useEvaluation } from '../evaluations';
import { usePlace } from '../place';
import { type Draft, keyOf, setDrafts, useDrafts } from './variants';

/** Those that an evaluation has tried, without the node as it is. */
export const triedIn = (evaluation: Evaluation | undefined) =>
  (evaluation?.variants.slice(1) ?? []).map(({ name, config }) => ({ name, change: config }));

const NONE: readonly Draft[] = [];

export function useVariants(appId: string, path: string, evaluations: EvaluationSummary[] | undefined, first: string) {
  const { place } = usePlace();
  const key = keyOf(appId, path);
  const drafts = useDrafts((state) => state.drafts[key]);
  const newest = evaluations?.find((one) => one.node === path)?.id;
  const asked = useEvaluation(place.evaluation ?? newest);
  // The address may name an evaluation of something else.
  const evaluation = asked.data?.node === path ? asked.data : undefined;
  const known = evaluations !== undefined && !(asked.isFetching && !asked.data);
  const begun = drafts !== undefined;
  useEffect(() => {
    if (begun || !known) return;
    const tried = triedIn(evaluation);
    setDrafts(key, tried.length ? tried : [{ name: first, change: {} }]);
  }, [begun, known, key, evaluation, first]);
  return { key, drafts: drafts ?? NONE, evaluation };
}
