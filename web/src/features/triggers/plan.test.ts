import { describe, expect, it } from 'vitest';
import { cronOf, LAST_DAY, planOf, withRepeat } from './plan';

describe('a schedule', () => {
  it.each([
    '*/15 * * * *',
    '5 * * * *',
    '0 8 * * *',
    '30 17 * * MON-FRI',
    '0 8 * * MON,WED,SUN',
    '0 8 31 * *',
    '0 8 L * *',
    '0 8 1 1 *',
    '0 9-17 * * *',
    '@daily',
    'no cron',
    '',
  ])('that is %s stays so', (cron) => expect(cronOf(planOf(cron))).toBe(cron));

  it('is read whichever way it is written', () => {
    expect(planOf(' 0  8 * * 1-5 ')).toMatchObject({ repeat: 'weekdays', hour: 8 });
    expect(planOf('0 8 * * mon,tue,wed,thu,fri').repeat).toBe('weekdays');
    expect(planOf('0 8 * * 0')).toMatchObject({ repeat: 'weekly', days: [7] });
    expect(planOf('0 8 * * 2-3,7')).toMatchObject({ repeat: 'weekly', days: [2, 3, 7] });
    expect(planOf('0 8 l * *')).toMatchObject({ repeat: 'monthly', day: LAST_DAY });
  });

  it.each([
    '*/7 * * * *',
    '0 8 * * 1#2',
    '0 8 * * 5-1',
    '0 8 1 * 1',
    '61 * * * *',
    '0 8 32 * *',
    '0 0 8 * * *',
  ])('that no choice says is left as cron: %s', (cron) => expect(planOf(cron)).toMatchObject({ repeat: 'cron', cron }));

  it('begins as cron with what was chosen', () => {
    const weekly = { ...planOf('15 9 * * *'), repeat: 'weekly' as const, days: [5, 2] };
    expect(withRepeat(weekly, 'cron').cron).toBe('15 9 * * TUE,FRI');
  });
});
