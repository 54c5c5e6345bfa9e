import { describe, expect, it } from 'vitest';
import { ago, bytes, dateTime, duration, fill, placeholders } from './format';

const all = import.meta.glob<Record<string, string>>('../**/*.{zh,en}.json', { eager: true, import: 'default' });

describe('dictionaries', () => {
  const stems = [...new Set(Object.keys(all).map((path) => path.replace(/\.(zh|en)\.json$/, '')))];

  it('exist', () => expect(stems.length).toBeGreaterThan(0));

  it.each(stems)('%s says the same in both languages', (stem) => {
    const zh = all[`${stem}.zh.json`] ?? {};
    const en = all[`${stem}.en.json`] ?? {};
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(zh)) {
      expect(zh[key]?.trim(), key).toBeTruthy();
      expect(en[key]?.trim(), key).toBeTruthy();
      const numbersChosen = placeholders(en[key] ?? '').filter((name) => !placeholders(zh[key] ?? '').includes(name));
      expect(numbersChosen, key).toEqual([]);
      expect(placeholders(zh[key] ?? ''), key).toEqual(placeholders(en[key] ?? ''));
    }
  });
});

describe('fill', () => {
  it('puts values and keeps unknown places', () => {
    expect(fill('{a} of {b}', { a: 1 }, 'en')).toBe('1 of {b}');
  });
  it('never reads a value as a message', () => {
    expect(fill('{a}{b}', { a: '{b}', b: 'x' }, 'en')).toBe('{b}x');
  });
  it('chooses the plural by language', () => {
    expect(fill('{n} {n|file|files}', { n: 1 }, 'en')).toBe('1 file');
    expect(fill('{n} {n|file|files}', { n: 1200 }, 'en')).toBe('1,200 files');
  });
});

describe('formats', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  it('says how long ago', () => {
    expect(ago(now - 5 * 60_000, 'en', now)).toBe('5 minutes ago');
    expect(ago(now - 5 * 60_000, 'zh', now)).toBe('5分钟前');
    expect(ago(now - 200, 'en', now)).toBe('now');
    expect(ago(now - 90 * 86_400_000, 'en', now)).toBe(dateTime(now - 90 * 86_400_000, 'en', now));
  });
  it('says durations and sizes with units', () => {
    expect(duration(480, 'en')).toBe('480 ms');
    expect(duration(2440, 'en')).toBe('2.4 s');
    expect(duration(185_000, 'en')).toBe('3 min 05 s');
    expect(duration(9_345_000, 'en')).toBe('2 h 35 min');
    expect(bytes(0, 'en')).toBe('0 B');
    expect(bytes(1_500_000, 'en')).toBe('1.5 MB');
  });
});
