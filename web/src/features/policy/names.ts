/** What levels are called on this page. */
import type { Policy } from '@/api/types';
import { useLevelName } from '@/ui/level';

export const OPERATORS = ['mask', 'pseudonym', 'hash', 'drop'] as const;

/** By the names that are being written here, not by the saved ones. */
export function useTitle(policy: Policy): (level: string) => string {
  const levelName = useLevelName();
  return (level) => policy.titles[level] || levelName(level);
}
