/** Schedules as people choose them, and the cron text that they are. Pure. */
export const REPEATS = ['minutes', 'hourly', 'daily', 'weekdays', 'weekly', 'monthly', 'cron'] as const;
export type Repeat = (typeof REPEATS)[number];

export const LAST_DAY = 32;
/** Steps that divide an hour: others begin anew at each hour, which "every 7 minutes" would hide. */
export const STEPS = [5, 10, 15, 20, 30];

export interface Plan {
  repeat: Repeat;
  /** Of `minutes`. */
  every: number;
  minute: number;
  hour: number;
  /** Of `weekly`: 1 is Monday, 7 Sunday. */
  days: readonly number[];
  /** Of `monthly`: 1 to 31, or `LAST_DAY`. */
  day: number;
  /** What is kept, word for word, where no choice says it. */
  cron: string;
}

export const FIRST_PLAN: Plan = {
  repeat: 'weekdays',
  every: 15,
  minute: 0,
  hour: 8,
  days: [1],
  day: 1,
  cron: '0 8 * * MON-FRI',
};

const NAMES = ['', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

function numberIn(text: string, least: number, most: number): number | null {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : null;
}

function dayOf(text: string): number | null {
  const named = NAMES.indexOf(text.toUpperCase());
  if (named > 0) return named;
  const value = numberIn(text, 0, 7);
  return value === 0 ? 7 : value;
}

/** Days of a week, or null for what is more than a list of days and spans. */
function daysOf(text: string): number[] | null {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [from, to, ...more] = part.split('-').map(dayOf);
    if (!from || more.length || to === null || (to !== undefined && to < from)) return null;
    for (let day = from; day <= (to ?? from); day += 1) found.add(day);
  }
  return [...found].sort();
}

function reading(cron: string): Partial<Plan> | null {
  const [minutes = '', hours = '', date = '', month = '', week = '', ...more] = cron.trim().split(/\s+/);
  if (more.length || month !== '*') return null;
  const everyDay = date === '*' && week === '*';
  const every = Number(/^\*\/(\d+)$/.exec(minutes)?.[1]);
  if (everyDay && hours === '*' && STEPS.includes(every)) return { repeat: 'minutes', every };
  const minute = numberIn(minutes, 0, 59);
  if (minute === null) return null;
  if (everyDay && hours === '*') return { repeat: 'hourly', minute };
  const hour = numberIn(hours, 0, 23);
  if (hour === null) return null;
  if (everyDay) return { repeat: 'daily', minute, hour };
  if (date === '*') {
    const days = daysOf(week);
    if (days?.join() === '1,2,3,4,5') return { repeat: 'weekdays', minute, hour };
    return days && { repeat: 'weekly', minute, hour, days };
  }
  const day = date.toUpperCase() === 'L' ? LAST_DAY : numberIn(date, 1, 31);
  return week === '*' && day !== null ? { repeat: 'monthly', minute, hour, day } : null;
}

export function planOf(cron: string): Plan {
  return { ...FIRST_PLAN, cron, ...(reading(cron) ?? { repeat: 'cron' }) };
}

export function cronOf({ repeat, every, minute, hour, days, day, cron }: Plan): string {
  const time = `${minute} ${hour}`;
  switch (repeat) {
    case 'minutes':
      return `*/${every} * * * *`;
    case 'hourly':
      return `${minute} * * * *`;
    case 'daily':
      return `${time} * * *`;
    case 'weekdays':
      return `${time} * * MON-FRI`;
    case 'weekly':
      return `${time} * * ${[...days]
        .sort()
        .map((one) => NAMES[one])
        .join(',')}`;
    case 'monthly':
      return `${time} ${day === LAST_DAY ? 'L' : day} * *`;
    case 'cron':
      return cron;
  }
}

/** Another way of repeating; as cron it begins with what was chosen so far. */
export const withRepeat = (plan: Plan, repeat: Repeat): Plan => ({ ...plan, repeat, cron: cronOf(plan) });

const two = (value: number) => String(value).padStart(2, '0');
export const clockOf = ({ hour, minute }: Pick<Plan, 'hour' | 'minute'>) => `${two(hour)}:${two(minute)}`;

/** Out of a time field; null while it is empty. */
export function timeIn(text: string): Pick<Plan, 'hour' | 'minute'> | null {
  const [hour, minute] = text.split(':').map(Number);
  return text && hour !== undefined && minute !== undefined ? { hour, minute } : null;
}
