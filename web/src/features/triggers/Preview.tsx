import { useFormat, useLanguage, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { daysAway, inZone, onTheWall, ownZone } from './times';
import type { Previewed } from './usePreview';
import { words } from './words';

const WEEK = 7 * 86_400_000;

/** The next times, on the clock of the zone; for who is elsewhere, on theirs too. */
export function Preview({ zone, ticks, stale, faults }: Previewed) {
  const t = useT(words);
  const format = useFormat();
  const language = useLanguage();
  const wrong = Object.values(faults).some(Boolean);
  const away = (at: number) => (at - Date.now() < WEEK ? format.ago(at) : daysAway(at, language));
  const elsewhere = zone !== ownZone();
  return (
    <div className="rounded-md bg-sunken px-3 py-2 text-sm">
      <p className="mb-0.5 flex justify-between gap-3 font-medium text-ink-2">
        <span>{t('nextTimes')}</span>
        {elsewhere && !wrong && <span className="font-normal text-ink-3">{t('onYourClock')}</span>}
      </p>
      {/* As high as five lines: nothing jumps while one types. */}
      <ol
        aria-live="polite"
        aria-label={t('nextTimes')}
        className={cn('figures min-h-[90px] transition-opacity duration-120', stale && !wrong && 'opacity-55')}
      >
        {wrong && <li className="text-ink-3">{faults.other ?? t('noTimes')}</li>}
        {!wrong &&
          ticks?.map(({ at, local }) => (
            <li key={at} className="flex justify-between gap-3">
              <span>{onTheWall(local, language)}</span>
              <span className="text-ink-3">{elsewhere ? inZone(at, ownZone(), language) : away(at)}</span>
            </li>
          ))}
      </ol>
    </div>
  );
}
