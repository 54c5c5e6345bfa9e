import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import type { ComponentProps } from 'react';
import { levelsQuery } from '@/api/queries';
import { useTerms } from '@/i18n/terms';
import { useLevelName } from './level';
import { Select } from './select';

interface Props extends Omit<ComponentProps<typeof Select>, 'options'> {
  /** What it means that none is chosen, where that may be. */
  none?: string;
}

/** A choice of the workspace's levels, the lowest first. A value that is none of them stays until another is chosen. */
export function LevelSelect({ none, value, ...props }: Props) {
  const t = useTerms();
  const name = useLevelName();
  const { data } = useQuery(levelsQuery);
  const levels = data?.levels ?? [];
  const options = levels.map((level) => ({ value: level, label: name(level) }));
  const stray = value !== '' && !levels.includes(value);
  const before = none === undefined ? [] : [{ value: '', label: none }];
  const after = stray ? [{ value, label: name(value) }] : [];
  return (
    <>
      <Select {...props} value={value} options={[...before, ...options, ...after]} />
      {data && stray && (
        <p className="flex items-start gap-1 text-sm text-warn">
          <TriangleAlert size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
          {t('level_unknown')}
        </p>
      )}
    </>
  );
}
