/** What the chosen way of repeating leaves open. */
import { useT } from '@/i18n';
import { Field, Input } from '@/ui/field';
import { Select } from '@/ui/select';
import { clockOf, LAST_DAY, type Plan, STEPS, timeIn } from './plan';
import { words } from './words';

interface DetailProps {
  plan: Plan;
  error?: string;
  onPlan(plan: Plan): void;
}

/** What the chosen way of repeating leaves open: a step, a minute, a time, or the cron text itself. */
export function Detail({ plan, error, onPlan }: DetailProps) {
  const t = useT(words);
  if (plan.repeat === 'minutes') {
    return (
      <Field label={t('step')}>
        {(props) => (
          <Select
            {...props}
            value={String(plan.every)}
            onChange={(next) => onPlan({ ...plan, every: Number(next) })}
            options={STEPS.map((n) => ({ value: String(n), label: t('minutes', { n }) }))}
          />
        )}
      </Field>
    );
  }
  if (plan.repeat === 'hourly') {
    return (
      <Field label={t('minute')}>
        {(props) => (
          <Select
            {...props}
            value={String(plan.minute)}
            onChange={(next) => onPlan({ ...plan, minute: Number(next) })}
            options={Array.from({ length: 60 }, (_, minute) => ({
              value: String(minute),
              label: `:${String(minute).padStart(2, '0')}`,
            }))}
          />
        )}
      </Field>
    );
  }
  if (plan.repeat === 'cron') {
    return (
      <Field label={t('cron')} help={error ? undefined : t('cronHelp')} error={error} className="col-span-full">
        {(props) => (
          <Input
            {...props}
            className="font-mono"
            spellCheck={false}
            autoComplete="off"
            maxLength={100}
            value={plan.cron}
            onChange={(event) => onPlan({ ...plan, cron: event.target.value })}
          />
        )}
      </Field>
    );
  }
  return (
    <Field label={t('time')}>
      {(props) => (
        <Input
          {...props}
          type="time"
          className="figures"
          value={clockOf(plan)}
          onChange={(event) => onPlan({ ...plan, ...timeIn(event.target.value) })}
        />
      )}
    </Field>
  );
}

export function DayOfMonth({ plan, onPlan }: Omit<DetailProps, 'error'>) {
  const t = useT(words);
  const days = Array.from({ length: LAST_DAY }, (_, index) => index + 1);
  return (
    <Field
      label={t('day')}
      help={plan.day > 28 && plan.day < LAST_DAY ? t('dayLeftOut', { day: plan.day }) : undefined}
    >
      {(props) => (
        <Select
          {...props}
          value={String(plan.day)}
          onChange={(next) => onPlan({ ...plan, day: Number(next) })}
          options={days.map((day) => ({
            value: String(day),
            label: day === LAST_DAY ? t('lastDay') : t('dayOf', { day }),
          }))}
        />
      )}
    </Field>
  );
}
