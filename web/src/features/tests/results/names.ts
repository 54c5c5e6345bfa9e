/** What versions and variants are called. */
import { useCallback } from 'react';
import type { Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { words } from '../words';

export function useVersionName(): (version: number | null) => string {
  const t = useT(words);
  return (version) => (version === null ? t('draft') : t('versionN', { n: version }));
}

/** The first variant is the version as it is. */
export function useVariantName(evaluation: Evaluation | undefined): (variant: number) => string {
  const t = useT(words);
  // Names, not the evaluation: rows are drawn anew for another function.
  const names = JSON.stringify(evaluation?.variants.map((variant) => variant.name) ?? []);
  return useCallback(
    (variant: number) => (JSON.parse(names) as string[])[variant] || (variant === 0 ? t('asItIs') : `${variant}`),
    [names, t],
  );
}
