import { Ban, CircleCheck, CircleHelp, CirclePause, CircleX } from 'lucide-react';
import type { EvaluationSummary, Sums } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Spinner } from '@/ui/spinner';
import { words } from './words';

export const allOf = (sums: Sums) => sums.passed + sums.failed + sums.error + sums.unjudged + sums.stopped + sums.open;

interface Props {
  status: EvaluationSummary['status'];
  sums: Sums;
  className?: string;
}

/** How the test cases of a version came out: always icon, words and colour. */
export function Tested({ status, sums, className }: Props) {
  const t = useT(words);
  const all = allOf(sums);
  const bad = sums.failed + sums.error;
  const [Icon, color, said] =
    status === 'running'
      ? [null, 'text-run', t('tested_running', { n: all - sums.open, all })]
      : bad
        ? [CircleX, 'text-bad', t('tested_some', { n: sums.passed, all })]
        : status === 'paused'
          ? [CirclePause, 'text-pause', t('tested_paused', { n: sums.open })]
          : sums.stopped
            ? [Ban, 'text-idle', t('tested_stopped', { n: sums.passed, all })]
            : sums.unjudged
              ? [CircleHelp, 'text-warn', t('tested_unjudged', { n: sums.passed, all, open: sums.unjudged })]
              : [CircleCheck, 'text-ok', t('tested_all', { n: sums.passed, all })];
  return (
    <span className={cn('figures inline-flex items-center gap-1.5 font-medium', color, className)}>
      {Icon ? <Icon size={15} aria-hidden="true" className="shrink-0" /> : <Spinner size={15} />}
      {said}
    </span>
  );
}
