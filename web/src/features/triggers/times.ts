/** Times on the clock of a zone, and what zones there are. */
import { type Language, localeOf } from '@/i18n/format';

const DAY = 86_400_000;

const SHOWN: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};

const made = new Map<string, Intl.DateTimeFormat>();
function formatter(language: Language, timeZone: string, year: boolean): Intl.DateTimeFormat {
  const key = `${language} ${timeZone} ${year}`;
  const known = made.get(key);
  if (known) return known;
  const options = { ...SHOWN, timeZone, ...(year ? { year: 'numeric' as const } : {}) };
  const fresh = new Intl.DateTimeFormat(localeOf(language), options);
  made.set(key, fresh);
  return fresh;
}

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function isFar(at: number): boolean {
  return new Date(at).getFullYear() !== new Date().getFullYear();
}

/** Day and time in a zone; null where this browser does not know the zone. */
export function inZone(at: number, zone: string, language: Language): string | null {
  try {
    return formatter(language, zone, isFar(at)).format(at);
  } catch {
    return null;
  }
}

/** The same of what the server gives as `2026-11-27T08:00:00+08:00`: the clock on the wall there, whatever the zone. */
export function onTheWall(local: string, language: Language): string {
  const at = Date.parse(`${local.slice(0, 19)}Z`);
  return formatter(language, 'UTC', isFar(at)).format(at);
}

/** Names of the days of a week from Monday on. */
export function weekdays(language: Language, width: 'long' | 'short' | 'narrow'): string[] {
  const name = new Intl.DateTimeFormat(localeOf(language), { weekday: width, timeZone: 'UTC' });
  const monday = Date.UTC(2024, 0, 1);
  return Array.from({ length: 7 }, (_, day) => name.format(monday + day * DAY));
}

/** "in 35 days": how far away, where hours no longer matter. */
export function daysAway(at: number, language: Language, now = Date.now()): string {
  return new Intl.RelativeTimeFormat(localeOf(language)).format(Math.round((at - now) / DAY), 'day');
}

export interface Zone {
  id: string;
  /** With what it is called in the page's language, so that it is found by that too. */
  label: string;
  /** `UTC+8`, as it is today. */
  offset: string;
}

function part(zone: string, language: Language, timeZoneName: 'longOffset' | 'longGeneric', at: number): string {
  const format = new Intl.DateTimeFormat(localeOf(language), { timeZone: zone, timeZoneName });
  return format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

export function zoneOf(id: string, language: Language, at = Date.now()): Zone {
  const label = id.replaceAll('_', ' ');
  try {
    const offset = part(id, 'en', 'longOffset', at)
      .replace('GMT', 'UTC')
      .replace(/([+-])0?(\d+):00$/, '$1$2');
    const name = part(id, language, 'longGeneric', at);
    return { id, label: name.startsWith('GMT') ? label : `${label} · ${name}`, offset };
  } catch {
    return { id, label, offset: '' }; // the server may know zones that this browser does not
  }
}

/** By their ids alone: what there is at once. */
export const zoneIds = () => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((id) => id !== 'UTC')];

const AT_ONCE = 10;

/** All zones by name, a few at a time: a browser takes a millisecond for each, and nobody should wait for all. */
export async function namedZones(language: Language): Promise<Zone[]> {
  const at = Date.now();
  const named: Zone[] = [];
  for (const id of zoneIds()) {
    named.push(zoneOf(id, language, at));
    if (named.length % AT_ONCE === 0) await new Promise((next) => setTimeout(next));
  }
  return named;
}
