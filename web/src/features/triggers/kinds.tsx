/** The two kinds of triggers, and how they look. */
import { CalendarClock, type LucideIcon, Webhook } from 'lucide-react';
import type { TriggerKind } from '@/api/types';
import { cn } from '@/lib/cn';

export const KINDS: readonly TriggerKind[] = ['schedule', 'webhook'];
const ICONS: Record<TriggerKind, LucideIcon> = { schedule: CalendarClock, webhook: Webhook };

export function KindTile({ kind, on }: { kind: TriggerKind; on: boolean }) {
  const Icon = ICONS[kind];
  return (
    <span
      className={cn(
        'grid size-9 shrink-0 place-items-center rounded-md',
        on ? 'bg-accent-soft text-accent' : 'bg-sunken text-ink-3',
      )}
    >
      <Icon size={18} aria-hidden="true" />
    </span>
  );
}
