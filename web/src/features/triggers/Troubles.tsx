import { CalendarX, CircleX } from 'lucide-react';
import type { Trigger } from '@/api/types';
import { useLanguage, useT, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { inZone, ownZone } from './times';
import { words } from './words';

/** Why nothing began the last time, and what was left out since. */
export function Troubles({ trigger, onEdit }: { trigger: Trigger; onEdit?(): void }) {
  const t = useT(words);
  const text = useText();
  const language = useLanguage();
  const { error, failures, missed_at: missed, last_fired_at: fired, time_zone: zone } = trigger;
  const leftOut = missed !== null && missed > (fired ?? 0) ? inZone(missed, zone ?? ownZone(), language) : null;
  if (!error && !leftOut) return null;
  return (
    <div className="col-span-full col-start-2 flex flex-col gap-2 max-sm:col-start-1">
      {error && (
        <div role="status" className="flex flex-wrap items-start gap-x-3 gap-y-2 rounded-md bg-bad-soft px-3 py-2">
          <CircleX size={16} aria-hidden="true" className="mt-0.5 shrink-0 text-bad" />
          <p className="min-w-0 flex-1 basis-60 break-words">
            <span className="font-semibold text-bad">{t('failed', { n: failures })}</span> {text(error.message)}
            <span className="block font-mono text-xs text-ink-2">{error.code}</span>
          </p>
          {onEdit && !trigger.problem && (
            <Button size="small" onClick={onEdit}>
              {t('edit')}
            </Button>
          )}
        </div>
      )}
      {leftOut && (
        <p className="flex items-start gap-2 text-sm text-ink-2">
          <CalendarX size={15} aria-hidden="true" className="mt-px shrink-0 text-ink-3" />
          {t('leftOut', { when: leftOut })}
        </p>
      )}
    </div>
  );
}
