/** Fills the placeholders of a message. Pure; knows no dictionary.
 *
 * `{name}` is replaced by the value (numbers in the language's own form);
 * `{n|file|files}` chooses by the language's plural rule and does not print the number itself.
 */
export type Language = 'zh' | 'en';
export type Values = Record<string, string | number>;

const PLACEHOLDER = /\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g;

/** Formatters cost more to make than to use, and a page of a thousand figures uses a handful of them. */
const made = new Map<string, unknown>();
function kept<Formatter>(
  kind: string,
  language: Language,
  options: object | undefined,
  make: () => Formatter,
): Formatter {
  const key = `${kind} ${language} ${options ? JSON.stringify(options) : ''}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as Formatter;
}

export const localeOf = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en');

export function fill(message: string, values: Values | undefined, language: Language): string {
  if (!values) return message;
  return message.replace(PLACEHOLDER, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one !== undefined && many !== undefined) {
      return plural(language).select(Number(value)) === 'one' ? one : many;
    }
    return typeof value === 'number' ? number(value, language) : value;
  });
}

/** Names used in a message, for the test that both languages agree. */
export function placeholders(message: string): string[] {
  return [...new Set([...message.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''))].sort();
}

export function number(value: number, language: Language, options?: Intl.NumberFormatOptions): string {
  return kept('number', language, options, () => new Intl.NumberFormat(localeOf(language), options)).format(value);
}

const plural = (language: Language) =>
  kept('plural', language, undefined, () => new Intl.PluralRules(localeOf(language)));

const dates = (language: Language, options: Intl.DateTimeFormatOptions) =>
  kept('date', language, options, () => new Intl.DateTimeFormat(localeOf(language), options));

const DATE: Intl.DateTimeFormatOptions = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' };

/** Short date and time; the year only when it is not this one. */
export function dateTime(at: number, language: Language, now = Date.now()): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const options = sameYear ? DATE : { ...DATE, year: 'numeric' as const };
  return dates(language, { ...options, hourCycle: 'h23' }).format(at);
}

export function fullDateTime(at: number, language: Language): string {
  return dates(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(at);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "3 minutes ago"; a date when it is more than a week away. */
export function ago(at: number, language: Language, now = Date.now()): string {
  const distance = at - now;
  if (Math.abs(distance) > 7 * 86_400_000) return dateTime(at, language, now);
  const [unit, size] = STEPS.find(([, step]) => Math.abs(distance) >= step) ?? ['second', 1000];
  const rounded = Math.trunc(distance / size);
  const relative = () => new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' });
  return kept('relative', language, undefined, relative).format(rounded, unit);
}

/** 480 ms · 2.4 s · 3 min 05 s · 2 h 35 min. Units are the same in both languages. */
export function duration(ms: number, language: Language): string {
  if (ms < 1000) return `${number(Math.round(ms), language)} ms`;
  if (ms < 60_000) return `${number(ms / 1000, language, { maximumFractionDigits: 1 })} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export function bytes(size: number, language: Language): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const step = size < 1 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3));
  return `${number(size / 1000 ** step, language, { maximumFractionDigits: step ? 1 : 0 })} ${units[step]}`;
}
