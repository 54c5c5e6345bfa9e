import { useLanguage, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { weekdays } from './times';
import { words } from './words';

interface Props {
  days: readonly number[];
  onDays(days: number[]): void;
}

/** The days of a week, Monday first; one at least stays chosen. */
export function WeekDays({ days, onDays }: Props) {
  const t = useT(words);
  const language = useLanguage();
  const names = weekdays(language, 'long');
  const turn = (day: number) => {
    const next = days.includes(day) ? days.filter((one) => one !== day) : [...days, day].sort();
    if (next.length) onDays(next);
  };
  return (
    <fieldset className="col-span-full">
      <legend className="mb-1 text-sm font-medium text-ink-2">{t('days')}</legend>
      <div className="grid grid-cols-7 gap-1">
        {weekdays(language, 'short').map((short, index) => {
          const day = index + 1;
          const on = days.includes(day);
          return (
            <button
              key={day}
              type="button"
              title={names[index]}
              aria-pressed={on}
              onClick={() => turn(day)}
              className={cn(
                'h-8 truncate rounded-md border px-0.5 text-sm font-medium transition-colors duration-120 max-sm:h-10',
                on
                  ? 'border-accent bg-accent-soft text-accent'
                  : 'border-line-strong bg-surface text-ink-2 hover:border-ink-3 hover:text-ink',
              )}
            >
              {short}
            </button>
          );
        })}
      </div>
    </fieldset>
  );
}
