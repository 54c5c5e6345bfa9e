import { expect, it } from 'vitest';
import { splitBlocks } from './blocks';

it('splits at blank lines, not inside code', () => {
  const text = '# A\n\none\ntwo\n\n```py\na\n\nb\n```\n\nend';
  expect(splitBlocks(text)).toEqual(['# A', 'one\ntwo', '```py\na\n\nb\n```', 'end']);
});

it('keeps an unfinished fence whole, and is not closed by a shorter one', () => {
  expect(splitBlocks('````\na\n```\n\nb')).toEqual(['````\na\n```\n\nb']);
});

it('keeps a loose list together, so that its numbers go on', () => {
  expect(splitBlocks('1. a\n\n2. b\n\n   more\n\nend')).toEqual(['1. a\n\n2. b\n\n   more', 'end']);
});

it('changes only the last block while text grows', () => {
  const whole = 'para one\n\n- x\n- y\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\nlast words here';
  let before: string[] = [];
  for (let length = 1; length <= whole.length; length += 1) {
    const now = splitBlocks(whole.slice(0, length));
    expect(now.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
    before = now;
  }
  expect(splitBlocks('')).toEqual([]);
});
