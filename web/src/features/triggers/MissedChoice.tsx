import { useId } from 'react';
import { useT } from '@/i18n';
import { Choice } from '@/ui/choice';
import { words } from './words';

const MISSED = ['once', 'skip'] as const;
type Missed = (typeof MISSED)[number];

/** What becomes of times at which nobody was there. */
export function MissedChoice({ missed, onMissed }: { missed: Missed; onMissed(missed: Missed): void }) {
  const t = useT(words);
  const group = useId();
  return (
    <fieldset className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
      <legend className="mb-1 text-sm font-medium text-ink-2">{t('missed')}</legend>
      {MISSED.map((one) => (
        <Choice
          key={one}
          name={group}
          checked={missed === one}
          onChoose={() => onMissed(one)}
          label={t(`missed_${one}`)}
          hint={t(`missed_${one}_hint`)}
        />
      ))}
    </fieldset>
  );
}
