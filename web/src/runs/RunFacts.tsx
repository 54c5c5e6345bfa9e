import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Status } from '@/ui/status';
import type { RunView } from './fold';
import { usageOf } from './readings';
import { useNow } from './useNow';
import { words } from './words';

/** A run in one line: status, time, tokens. */
export function RunFacts({ view, className }: { view: RunView; className?: string }) {
  const t = useT(words);
  const format = useFormat();
  const now = useNow(view.status === 'running');
  const { input, output } = usageOf(view);
  const end = view.endedAt ?? (view.status === 'running' ? Math.max(now, view.at ?? 0) : view.at);
  return (
    <span className={cn('flex items-center gap-3 text-sm whitespace-nowrap text-ink-3', className)}>
      <Status status={view.status} className="max-sm:*:last:sr-only" />
      {view.startedAt !== null && end !== null && (
        <span className="figures max-sm:hidden">{format.duration(Math.max(0, end - view.startedAt))}</span>
      )}
      {input + output > 0 && <span className="figures max-sm:hidden">{t('tokens', { n: input + output })}</span>}
    </span>
  );
}
