/** Expectations and inputs in one line. */
import type { Expectation } from '@/api/types';
import { type Translate, useT } from '@/i18n';
import { words } from '../words';

const LONGEST = 120;

export function short(text: string, most = LONGEST): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

const written = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** What a run or a case is known by: its values, the texts first. */
export function inputsInShort(inputs: Readonly<Record<string, unknown>>): string {
  const values = Object.values(inputs);
  const texts = values.filter((value) => typeof value === 'string');
  return short([...texts, ...values.filter((value) => typeof value !== 'string')].map(written).join(' · '), 240);
}

function said(t: Translate<keyof typeof words.en>, one: Expectation): string {
  if ('judge' in one) return t('say_judge', { what: short(one.judge) });
  if ('contains' in one) {
    const pieces = typeof one.contains === 'string' ? [one.contains] : one.contains;
    const what = short(pieces.join(t('between')));
    return one.not ? t('say_contains_not', { what }) : t('say_contains', { what });
  }
  if ('schema' in one) return one.not ? t('say_schema_not') : t('say_schema');
  const what = short(written(one.equals));
  return one.not ? t('say_equals_not', { what }) : t('say_equals', { what });
}

export function useSay(): (one: Expectation) => string {
  const t = useT(words);
  return (one) => (one.output ? t('say_of', { output: one.output, what: said(t, one) }) : said(t, one));
}
