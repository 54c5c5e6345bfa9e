/** The time that the table looks at: a few usual spans, or days of one's own. Pure. */

export const PERIODS = ['', 'day', 'week', 'month', 'own'] as const;
export type Period = (typeof PERIODS)[number];

const DAY = 86_400_000;
const SPANS: Partial<Record<Period, number>> = { day: DAY, week: 7 * DAY, month: 30 * DAY };

export const periodOf = (text: string | undefined): Period => PERIODS.find((one) => one === text) ?? '';

/** Midnight where the person is, at the begin of a day that is written as 2026-11-27. */
function dayBegin(day: string | undefined): number | undefined {
  const at = day ? new Date(`${day}T00:00:00`).getTime() : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export interface Bounds {
  since?: number;
  until?: number;
}

/** `from` and `to` are days, both of them inside. */
export function boundsOf(period: Period, from: string | undefined, to: string | undefined, now: number): Bounds {
  const span = SPANS[period];
  if (span) return { since: now - span };
  if (period !== 'own') return {};
  const last = dayBegin(to);
  // By the calendar, not by 24 hours: days on which the clocks change are not as long.
  const end = last === undefined ? undefined : new Date(last).setDate(new Date(last).getDate() + 1) - 1;
  return { since: dayBegin(from), until: end };
}
