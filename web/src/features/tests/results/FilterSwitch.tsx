import { useMemo } from 'react';
import type { Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from '../words';
import { type Filter, filtered, rowsOf } from './grid';

interface Props {
  value: Filter;
  onChange(filter: Filter): void;
  evaluation: Evaluation;
}

/** Which cases are shown, each choice with how many there are. */
export function FilterSwitch({ value, onChange, evaluation }: Props) {
  const t = useT(words);
  const rows = useMemo(() => rowsOf(evaluation), [evaluation]);
  const filters: Filter[] = evaluation.variants.length > 1 ? ['all', 'bad', 'differs'] : ['all', 'bad'];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a row of buttons everywhere
    <div
      role="group"
      aria-label={t('shownCases')}
      className="inline-flex rounded-md border border-line bg-surface p-0.5"
    >
      {filters.map((filter) => (
        <button
          key={filter}
          type="button"
          aria-pressed={filter === value}
          onClick={() => onChange(filter)}
          className={cn(
            'flex h-6.5 items-center gap-1.5 rounded-sm px-2 text-sm font-medium',
            filter === value ? 'bg-accent-soft text-accent' : 'text-ink-2 hover:text-ink',
          )}
        >
          {t(`filter_${filter}`)}
          <span className="figures text-xs">{filtered(rows, filter).length}</span>
        </button>
      ))}
    </div>
  );
}
