/** A schedule in words: "Monday to Friday at 08:00". */
import type { Language, Translate } from '@/i18n';
import { localeOf } from '@/i18n/format';
import { clockOf, LAST_DAY, type Plan, planOf } from './plan';
import { weekdays } from './times';
import type { words } from './words';

type Say = Translate<keyof typeof words.en>;

function daysSaid(days: readonly number[], language: Language): string {
  const names = weekdays(language, days.length > 1 || language === 'zh' ? 'short' : 'long');
  const list = new Intl.ListFormat(localeOf(language), { type: 'conjunction' });
  return list.format(days.map((day) => names[day - 1] ?? ''));
}

export function sayPlan(plan: Plan, t: Say, language: Language): string {
  const time = clockOf(plan);
  switch (plan.repeat) {
    case 'minutes':
      return t('said_minutes', { n: plan.every });
    case 'hourly':
      return plan.minute ? t('said_hourlyAt', { minute: plan.minute }) : t('said_hourly');
    case 'daily':
      return t('said_daily', { time });
    case 'weekdays':
      return t('said_weekdays', { time });
    case 'weekly':
      return t('said_weekly', { days: daysSaid(plan.days, language), time });
    case 'monthly':
      return plan.day === LAST_DAY ? t('said_lastDay', { time }) : t('said_monthly', { day: plan.day, time });
    case 'cron':
      return t('said_cron', { cron: plan.cron });
  }
}

export const sayCron = (cron: string, t: Say, language: Language) => sayPlan(planOf(cron), t, language);
