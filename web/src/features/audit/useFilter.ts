/** What the page looks for: in the address, so that a link shows the same. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { AuditFilter } from '@/api/audit';
import { boundsOf, periodOf } from './period';

export const NAMES = ['q', 'action', 'actor', 'target', 'outcome', 'period', 'from', 'to'] as const;
export type Shown = Partial<Record<(typeof NAMES)[number], string>>;

export function useFilter() {
  const navigate = useNavigate();
  const shown: Shown = useSearch({ from: '/shell/audit' });
  const { q, action, actor, target, outcome, period, from, to } = shown;
  // "The last day" is counted from when it was chosen: counted anew at each drawing it would be asked for anew.
  const bounds = useMemo(() => boundsOf(periodOf(period), from, to, Date.now()), [period, from, to]);
  const asked: AuditFilter = { q, action, actor, target, outcome, ...bounds };
  /** `anew`: nothing but this. */
  const set = (change: Shown, anew = false) => {
    const next = Object.entries({ ...(anew ? {} : shown), ...change }).filter(([, value]) => value);
    void navigate({ to: '/audit', search: Object.fromEntries(next), replace: true });
  };
  return { shown, asked, bounds, set, filtered: Object.values(shown).some(Boolean) };
}
