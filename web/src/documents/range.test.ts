import { expect, it } from 'vitest';
import { findPassage } from './range';

const page = 'First line.\nThe capacity grew\n31.4% year on year; LFP reached 68%.\n\nLast line.';
const text = 'The capacity grew 31.4% year on year';
const cut = (range: { start: number; end: number } | null) => range && page.slice(range.start, range.end);

it('believes offsets that hold', () => {
  const start = page.indexOf('The');
  const end = page.indexOf(';');
  expect(cut(findPassage(page, { start, end, text }))).toBe(page.slice(start, end));
});

it('looks for the words when the offsets do not hold', () => {
  expect(cut(findPassage(page, { start: 3, end: 9, text }))).toBe('The capacity grew\n31.4% year on year');
});

it('marks the part of a passage that runs on to the next page', () => {
  const long = `Last line.${' more words'.repeat(20)}`;
  expect(cut(findPassage(page, { start: 0, end: 0, text: `LFP reached 68%. ${long}` }))).toBe(
    'LFP reached 68%.\n\nLast line.',
  );
});

it('finds nothing rather than something wrong', () => {
  expect(findPassage(page, { start: 0, end: 4, text: 'Not here at all' })).toBeNull();
  expect(findPassage('', { start: 0, end: 4, text: 'x' })).toBeNull();
  expect(findPassage(page, { start: 0, end: 0, text: '' })).toBeNull();
});
