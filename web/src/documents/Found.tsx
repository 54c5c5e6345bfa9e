import { Binary, CaseSensitive, type LucideIcon } from 'lucide-react';
import type { Citation } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from './words';

/** Whether words or vectors found a passage, with the score of each. */
export function Found({ citation, className }: { citation: Citation; className?: string }) {
  const t = useT(words);
  const format = useFormat();
  const { text: byWords, dense: byVector } = citation.scores ?? {};
  const mark = (icon: LucideIcon, label: string, title: string, value: number) => {
    const Icon = icon;
    return (
      <span title={title} className="inline-flex items-center gap-1">
        <Icon size={13} aria-hidden="true" className="text-ink-3" />
        {label} <span className="figures">{format.number(value, { maximumFractionDigits: 2 })}</span>
      </span>
    );
  };
  return (
    <span className={cn('flex flex-wrap items-center gap-x-3 text-sm text-ink-2', className)}>
      {byWords != null && mark(CaseSensitive, t('words'), t('foundByWords'), byWords)}
      {byVector != null && mark(Binary, t('vector'), t('foundByVector'), byVector)}
    </span>
  );
}
