import { describe, expect, it } from 'vitest';
import { namesFit, toRow, toVariable } from './variables';

const row = (name: string, type: string, text: string) => ({ key: 0, name, type, text });

describe('variables of a conversation', () => {
  it('keeps what it was given', () => {
    for (const one of [
      { name: 'a', type: 'string', default: 'x' },
      { name: 'b', type: 'number', default: 2 },
      { name: 'c', type: 'list', default: ['x'] },
      { name: 'd', type: 'any' },
    ]) {
      expect(toVariable(toRow(one, 0))).toEqual(one);
    }
  });

  it('refuses a default of another type', () => {
    expect(toVariable(row('a', 'number', 'two'))).toBeUndefined();
    expect(toVariable(row('a', 'list', '{}'))).toBeUndefined();
    expect(toVariable(row('a', 'object', '[]'))).toBeUndefined();
  });

  it('wants names that templates can use, each once', () => {
    expect(namesFit([row('a', 'any', ''), row('b_1', 'any', '')])).toBe(true);
    expect(namesFit([row('a', 'any', ''), row('a', 'any', '')])).toBe(false);
    expect(namesFit([row('1a', 'any', '')])).toBe(false);
  });
});
