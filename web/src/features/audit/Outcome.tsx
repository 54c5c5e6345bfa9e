import { CircleCheck, CircleX, type LucideIcon, ShieldX } from 'lucide-react';
import type { AuditRecord } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from './words';

export const OUTCOMES = ['done', 'refused', 'failed'] as const;

const LOOKS: Record<AuditRecord['outcome'], { icon: LucideIcon; color: string }> = {
  done: { icon: CircleCheck, color: 'text-ok' },
  refused: { icon: ShieldX, color: 'text-warn' },
  failed: { icon: CircleX, color: 'text-bad' },
};

export function Outcome({ outcome }: { outcome: AuditRecord['outcome'] }) {
  const t = useT(words);
  const { icon: Icon, color } = LOOKS[outcome];
  return (
    <span className={cn('inline-flex items-center gap-1.5 align-middle font-medium whitespace-nowrap', color)}>
      <Icon size={15} aria-hidden="true" className="shrink-0" />
      {t(`outcome_${outcome}`)}
    </span>
  );
}
