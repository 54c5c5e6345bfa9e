import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface Props {
  icon: LucideIcon;
  tone?: 'ok' | 'warn' | 'bad' | 'idle';
  children: ReactNode;
}

const TONES = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad', idle: 'text-ink-3' };

/** A state of something: icon, word and colour. */
export function Mark({ icon: Icon, tone = 'idle', children }: Props) {
  return (
    <span className={cn('inline-flex items-center gap-1.5 align-middle whitespace-nowrap', TONES[tone])}>
      <Icon size={15} aria-hidden="true" className="shrink-0" />
      {children}
    </span>
  );
}
