import { useT } from '@/i18n';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { DayOfMonth, Detail } from './Detail';
import { Preview } from './Preview';
import { cronOf, type Plan, REPEATS, type Repeat, withRepeat } from './plan';
import { usePreview } from './usePreview';
import { WeekDays } from './WeekDays';
import { words } from './words';
import { ZoneField } from './ZoneField';

interface Props {
  plan: Plan;
  zone: string;
  /** A cron text is asked for and there is none. */
  empty: boolean;
  /** What the server refused when it was saved. */
  refused: { cron?: string; zone?: string };
  onPlan(plan: Plan): void;
  onZone(zone: string): void;
}

/** When it is due: how often and on which clock; and the next times, as the server will keep them. */
export function ScheduleFields({ plan, zone, empty, refused, onPlan, onZone }: Props) {
  const t = useT(words);
  const preview = usePreview(cronOf(plan), zone);
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="sr-only">{t('when')}</legend>
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <Field label={t('repeat')} className={plan.repeat === 'cron' ? 'col-span-full' : undefined}>
          {(props) => (
            <Select
              {...props}
              value={plan.repeat}
              onChange={(next) => onPlan(withRepeat(plan, next as Repeat))}
              options={REPEATS.map((one) => ({ value: one, label: t(`repeat_${one}`) }))}
            />
          )}
        </Field>
        <Detail plan={plan} error={empty ? t('cronEmpty') : (preview.faults.cron ?? refused.cron)} onPlan={onPlan} />
        {plan.repeat === 'weekly' && <WeekDays days={plan.days} onDays={(days) => onPlan({ ...plan, days })} />}
        {plan.repeat === 'monthly' && <DayOfMonth plan={plan} onPlan={onPlan} />}
        <ZoneField
          zone={zone}
          error={preview.faults.zone ?? refused.zone}
          wide={plan.repeat !== 'monthly'}
          onZone={onZone}
        />
      </div>
      <Preview {...preview} />
    </fieldset>
  );
}
