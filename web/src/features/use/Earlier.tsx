import { RotateCcw } from 'lucide-react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { IconButton } from '@/ui/icon-button';
import type { Asked } from './asked';
import { words } from './words';

interface Props {
  asked: Asked[];
  shownId: string | null;
  onShow(runId: string): void;
  onAgain(asked: Asked): void;
}

/** What was asked on this page before: each shows its answer again, or fills the form. */
export function Earlier({ asked, shownId, onShow, onAgain }: Props) {
  const t = useT(words);
  if (asked.length < 2) return null;
  return (
    <section aria-label={t('earlier')}>
      <h2 className="mb-2 text-sm font-semibold text-ink-2">{t('earlier')}</h2>
      <ol className="divide-y divide-line rounded-lg border border-line bg-surface">
        {asked.map((one) => (
          <li key={one.runId} className="flex items-center gap-1 pr-1.5">
            <button
              type="button"
              aria-current={one.runId === shownId || undefined}
              onClick={() => onShow(one.runId)}
              className={cn(
                'min-h-10 min-w-0 flex-1 truncate px-3 text-left -outline-offset-2 hover:bg-sunken max-sm:min-h-11',
                one.runId === shownId ? 'font-semibold text-accent' : 'text-ink-2',
              )}
            >
              {one.question || t('noQuestion')}
            </button>
            <IconButton size="small" icon={RotateCcw} label={t('askAgain')} onClick={() => onAgain(one)} />
          </li>
        ))}
      </ol>
    </section>
  );
}
