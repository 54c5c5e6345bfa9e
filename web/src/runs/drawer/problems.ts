/** The checker's problems in the order in which people walk through them. Pure. */
import type { Problem } from '@/api/types';

const RANK = { error: 0, warning: 1 } as const;

/** Errors first, each kind in the order in which the checker found them. */
export const sorted = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);

/** The place after `index`, or before it; around at both ends. */
export const stepped = (index: number, count: number, step: 1 | -1): number =>
  count === 0 ? -1 : index < 0 ? (step > 0 ? 0 : count - 1) : (index + step + count) % count;
