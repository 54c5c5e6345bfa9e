import type { ReactNode } from 'react';
import type { Evaluation, Sums } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Tested } from '@/runs/Tested';
import { words } from '../words';

interface Props {
  name: string;
  status: Evaluation['status'];
  sums: Sums;
  /** The version as it is: the figures of the others are said beside its own. */
  base: Sums | null;
  children?: ReactNode;
}

/** A variant in sum: passed, tokens, time; beside the version as it is, how much more or less. */
export function VariantHead({ name, status, sums, base, children }: Props) {
  const t = useT(words);
  const format = useFormat();
  const tokens = (one: Sums) => one.tokens_in + one.tokens_out;
  // While an evaluation goes on, what has been added up so far can't be compared.
  const fair = base && sums.open === 0 && base.open === 0;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="truncate font-semibold" title={name}>
        {name}
      </p>
      <Tested status={sums.open ? status : 'done'} sums={sums} className="text-sm" />
      <p className="figures flex flex-wrap gap-x-3 text-sm text-ink-3">
        {sums.ms_p50 !== null && (
          <span title={t('medianHint')}>
            {format.duration(sums.ms_p50)}
            {fair && base.ms_p50 !== null && <Change now={sums.ms_p50} before={base.ms_p50} least={NOISE_MS} />}
          </span>
        )}
        {tokens(sums) > 0 && (
          <span>
            {t('tokens', { n: tokens(sums) })}
            {fair && <Change now={tokens(sums)} before={tokens(base)} />}
          </span>
        )}
      </p>
      {children}
    </div>
  );
}

/** Differences of less than this are the machine's own. */
const NOISE_MS = 100;

/** Less of either is better. */
function Change({ now, before, least = 0 }: { now: number; before: number; least?: number }) {
  const format = useFormat();
  const part = before ? (now - before) / before : 0;
  if (Math.abs(part) < 0.005 || Math.abs(now - before) < least) return null;
  return (
    <span className={cn('ml-1 font-medium', part < 0 ? 'text-ok' : 'text-warn')}>
      {format.number(part, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'always' })}
    </span>
  );
}
