import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '@/api/session';
import type { Usage } from '@/api/types';
import { useFormat } from '@/i18n';

/** What tokens cost, in words; empty where no price is known. */
export function useCost(): (usage: Partial<Usage> | null | undefined) => string {
  const format = useFormat();
  const currency = useQuery(sessionQuery).data?.workspace.currency ?? 'USD';
  return (usage) => {
    if (!usage?.micros) return '';
    const digits = { minimumFractionDigits: 2, maximumFractionDigits: 6 };
    return format.number(usage.micros / 1e6, { style: 'currency', currency, ...digits });
  };
}
