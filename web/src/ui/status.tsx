import {
  Ban,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  type LucideIcon,
  RotateCw,
  SkipForward,
} from 'lucide-react';
import { terms, useTerms } from '@/i18n/terms';
import { cn } from '@/lib/cn';
import { Spinner } from './spinner';

/** Status is always icon + word + colour. */
const LOOKS: Record<string, { icon: LucideIcon | null; color: string }> = {
  queued: { icon: Clock, color: 'text-idle' },
  running: { icon: null, color: 'text-run' },
  retrying: { icon: RotateCw, color: 'text-warn' },
  paused: { icon: CirclePause, color: 'text-pause' },
  succeeded: { icon: CircleCheck, color: 'text-ok' },
  failed: { icon: CircleX, color: 'text-bad' },
  cancelled: { icon: Ban, color: 'text-idle' },
  skipped: { icon: SkipForward, color: 'text-idle' },
  idle: { icon: CircleDashed, color: 'text-idle' },
};

interface Props {
  status: string;
  /** Only the icon is drawn; the word stays for assistive technology. */
  iconOnly?: boolean;
  className?: string;
}

export function Status({ status, iconOnly, className }: Props) {
  const t = useTerms();
  const { icon: Icon, color } = LOOKS[status] ?? { icon: CircleDashed, color: 'text-idle' };
  const key = `status_${status}`;
  const word = key in terms.en ? t(key as keyof typeof terms.en) : status;
  return (
    <span className={cn('inline-flex items-center gap-1.5 font-medium whitespace-nowrap', color, className)}>
      {Icon ? <Icon size={15} aria-hidden="true" className="shrink-0" /> : <Spinner size={15} />}
      <span className={iconOnly ? 'sr-only' : undefined}>{word}</span>
    </span>
  );
}
