/** Words for people. A feature keeps `words.zh.json` and `words.en.json` beside its code:
 *
 *   const words = dictionary(zh, en);          // TypeScript refuses a missing key
 *   const t = useT(words);  t('files', { n: 3 })
 */
import { useMemo } from 'react';
import { ago, bytes, dateTime, duration, fill, fullDateTime, type Language, number, type Values } from './format';
import { usePreferences } from './preferences';

export type { Language, Values } from './format';
export { hasChosenLanguage, usePreferences } from './preferences';

/** What the server sends for people to read. A plugin may send a plain string. */
export type Text = { en: string; zh?: string } | string;

export interface Dictionary<Key extends string> {
  zh: Record<Key, string>;
  en: Record<Key, string>;
}

export function dictionary<Key extends string>(zh: Record<Key, string>, en: Record<NoInfer<Key>, string>) {
  return { zh, en } as Dictionary<Key>;
}

export type Translate<Key extends string> = (key: Key, values?: Values) => string;

export function translator<Key extends string>(words: Dictionary<Key>, language: Language): Translate<Key> {
  return (key, values) => fill(words[language][key] ?? key, values, language);
}

export const useLanguage = () => usePreferences((state) => state.language);

export function useT<Key extends string>(words: Dictionary<Key>): Translate<Key> {
  const language = useLanguage();
  return useMemo(() => translator(words, language), [words, language]);
}

export function pick(text: Text | null | undefined, language: Language): string {
  if (text == null) return '';
  return typeof text === 'string' ? text : language === 'zh' ? (text.zh ?? text.en) : text.en;
}

/** Chooses the language of a server text. */
export function useText(): (text: Text | null | undefined) => string {
  const language = useLanguage();
  return useMemo(() => (text) => pick(text, language), [language]);
}

/** Numbers, dates, durations and sizes in the language of the page. */
export function useFormat() {
  const language = useLanguage();
  return useMemo(
    () => ({
      number: (value: number, options?: Intl.NumberFormatOptions) => number(value, language, options),
      dateTime: (at: number) => dateTime(at, language),
      fullDateTime: (at: number) => fullDateTime(at, language),
      ago: (at: number) => ago(at, language),
      duration: (ms: number) => duration(ms, language),
      bytes: (size: number) => bytes(size, language),
    }),
    [language],
  );
}
