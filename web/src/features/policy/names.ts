/** What levels, kinds and zones are called on this page. */
import type { Policy } from '@/api/types';
import { useT } from '@/i18n';
import { useLevelName } from '@/ui/level';
import { words } from './words';

export const KINDS = [
  'id_card',
  'mobile',
  'bank_card',
  'email',
  'credit_code',
  'passport',
  'plate',
  'address',
  'person',
  'ip',
  'iban',
  'us_ssn',
  'uk_nino',
  'hk_id',
  'tw_id',
] as const;
export const OPERATORS = ['mask', 'pseudonym', 'hash', 'drop'] as const;

export const tagsOf = (text: string) => [...new Set(text.split(/[,，、\s]+/).filter(Boolean))];

/** By the names that are being written here, not by the saved ones. */
export function useTitle(policy: Policy): (level: string) => string {
  const levelName = useLevelName();
  return (level) => policy.titles[level] || levelName(level);
}

export function useKindName(): (kind: string) => string {
  const t = useT(words);
  return (kind) => {
    const known = KINDS.find((one) => one === kind);
    return known ? t(`kind_${known}`) : kind;
  };
}
