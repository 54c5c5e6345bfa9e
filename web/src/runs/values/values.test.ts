import { describe, expect, it } from 'vitest';
import { cutAt, excerpt, find } from './find';
import { asText, kindOf, passagesOf, preview } from './kinds';
import { firstOpen, RANGE, rowsOf } from './tree';

const passage = (n: number) => ({ text: `t${n}`, document_id: 'd', document_name: 'report.pdf', page: n, score: 0.5 });

describe('tree', () => {
  const value = { a: 1, list: [true, null], text: 'one\ntwo', deep: { x: { y: 'z' } } };

  it('makes rows only of what is unfolded', () => {
    expect(rowsOf(value, () => false)).toHaveLength(1);
    const open = new Set(['', '/list', '/text']);
    expect(rowsOf(value, (id) => open.has(id)).map((row) => [row.depth, row.label, row.kind])).toEqual([
      [0, null, 'object'],
      [1, 'a', 'number'],
      [1, 'list', 'array'],
      [2, '0', 'boolean'],
      [2, '1', 'null'],
      [1, 'text', 'text'],
      [2, null, 'line'],
      [2, null, 'line'],
      [1, 'deep', 'object'],
    ]);
  });

  it('unfolds long lists in ranges, ranges of ranges where they are very long', () => {
    const rows = rowsOf(Array(2500).fill(0), (id) => id === '' || id === '/2000…2499');
    expect(rows.slice(0, 4).map((row) => row.label)).toEqual([null, '0 … 999', '1000 … 1999', '2000 … 2499']);
    expect(rows).toHaveLength(4 + 500);
    expect(rows.at(-1)?.label).toBe('2499');
    expect(rowsOf(Array(RANGE * RANGE * 2).fill(0), (id) => id === '')).toHaveLength(3);
  });

  it('gives every row an id of its own, whatever the keys are', () => {
    const odd = { 'a/b': { c: 1 }, 'a~1b': 5, a: { 'b/c': 2, b: { c: 3 } }, '': 4 };
    const ids = rowsOf(odd, () => true).map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('unfolds about one screen at first', () => {
    const open = firstOpen(value);
    expect([...open]).toEqual(['', '/list', '/deep', '/deep/x']);
    expect(
      rowsOf({ many: Array(500).fill(1), few: [1] }, (id) => firstOpen({ many: Array(500), few: [1] }).has(id)),
    ).toHaveLength(4);
  });

  it('reads only what it shows of five megabytes', () => {
    const read = new Set<PropertyKey>();
    const rows = Array.from({ length: 50_000 }, (_, n) => ({ id: n, name: `row ${n}`, text: 'x'.repeat(60) }));
    const big = new Proxy(rows, {
      get: (target, key) => {
        read.add(key);
        return Reflect.get(target, key);
      },
    });
    const open = firstOpen(big);
    expect(rowsOf(big, (id) => open.has(id)).length).toBeLessThan(100);
    expect(preview(big).length).toBeLessThan(210);
    expect(read.size).toBeLessThan(250);
    expect(find(big, 'row 49999').rows.map((row) => row.path)).toEqual(['[49999].name']);
  });
});

describe('find', () => {
  it('finds keys and texts with their paths, whatever the case', () => {
    const found = find({ Name: 'x', list: [{ text: 'the Name' }, 'other'] }, 'name');
    expect(found.rows.map((row) => row.path)).toEqual(['Name', 'list[0].text']);
    expect(find({ a: 1 }, ' ')).toEqual({ rows: [], more: false });
  });

  it('stops at enough', () => {
    const found = find(Array(5000).fill('same'), 'same');
    expect(found.rows).toHaveLength(200);
    expect(found.more).toBe(true);
  });

  it('cuts a text where the words are', () => {
    expect(cutAt('Ask, ask.', 'ASK')).toEqual(['', 'Ask', ', ', 'ask', '.']);
    expect(cutAt('İx', 'x')).toEqual(['İx']);
    expect(cutAt('abc', '')).toEqual(['abc']);
    expect(excerpt(`${'a'.repeat(500)}needle`, 'needle')).toMatch(/^…a+needle$/);
  });
});

describe('kinds', () => {
  it('knows passages, and only those', () => {
    expect(passagesOf([passage(1), passage(2)])?.map((one) => [one.n, one.page])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(kindOf([passage(1)])).toBe('passages');
    expect(kindOf([passage(1), 'x'])).toBe('list');
    expect(kindOf([])).toBe('list');
    expect([null, 'x', 1, false, {}].map(kindOf)).toEqual(['nothing', 'text', 'number', 'boolean', 'object']);
  });

  it('says a value in one line', () => {
    expect(preview({ a: [1, 'x'], b: null })).toBe('{a: [1, "x"], b: null}');
    expect(preview(' two\n lines ')).toBe(' two lines ');
    expect(preview('x'.repeat(500))).toHaveLength(201);
    expect(asText({ a: 1 })).toBe('{\n  "a": 1\n}');
  });
});
