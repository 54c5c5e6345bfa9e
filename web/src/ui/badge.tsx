import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export type Tone = 'idle' | 'accent' | 'run' | 'ok' | 'bad' | 'warn' | 'pause';

export const TONES: Record<Tone, string> = {
  idle: 'bg-idle-soft text-ink-2',
  accent: 'bg-accent-soft text-accent',
  run: 'bg-run-soft text-run',
  ok: 'bg-ok-soft text-ok',
  bad: 'bg-bad-soft text-bad',
  warn: 'bg-warn-soft text-warn',
  pause: 'bg-pause-soft text-pause',
};

interface Props {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
  className?: string;
  title?: string;
}

export function Badge({ tone = 'idle', icon: Icon, children, className, title }: Props) {
  return (
    <span
      title={title}
      className={cn(
        'inline-flex h-5 max-w-full items-center gap-1 rounded-sm px-1.5 text-xs font-medium whitespace-nowrap',
        TONES[tone],
        className,
      )}
    >
      {Icon && <Icon size={12} aria-hidden="true" className="shrink-0" />}
      <span className="truncate">{children}</span>
    </span>
  );
}
