/** How a cell stands: always icon, word and colour. */
import { Ban, CircleCheck, CircleHelp, CirclePause, CircleX, Clock, type LucideIcon, OctagonAlert } from 'lucide-react';
import type { CellState } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Spinner } from '@/ui/spinner';
import { words } from './words';

const LOOKS: Record<CellState, { icon: LucideIcon | null; color: string }> = {
  waiting: { icon: Clock, color: 'text-idle' },
  running: { icon: null, color: 'text-run' },
  paused: { icon: CirclePause, color: 'text-pause' },
  passed: { icon: CircleCheck, color: 'text-ok' },
  failed: { icon: CircleX, color: 'text-bad' },
  error: { icon: OctagonAlert, color: 'text-bad' },
  unjudged: { icon: CircleHelp, color: 'text-warn' },
  stopped: { icon: Ban, color: 'text-idle' },
};

export function StateMark({ state, className }: { state: CellState; className?: string }) {
  const t = useT(words);
  const { icon: Icon, color } = LOOKS[state];
  return (
    <span className={cn('inline-flex items-center gap-1.5 font-medium whitespace-nowrap', color, className)}>
      {Icon ? <Icon size={15} aria-hidden="true" className="shrink-0" /> : <Spinner size={15} />}
      {t(`state_${state}`)}
    </span>
  );
}

/** Whether one expectation holds. */
export function CheckMark({ passed }: { passed: boolean | null }) {
  const t = useT(words);
  const state = passed === null ? 'unjudged' : passed ? 'passed' : 'failed';
  const { icon: Icon, color } = LOOKS[state];
  return (
    <span className={cn('mt-0.5 shrink-0', color)}>
      {Icon && <Icon size={15} aria-hidden="true" />}
      <span className="sr-only">{t(`state_${state}`)}</span>
    </span>
  );
}
