import { describe, expect, it } from 'vitest';
import { typeTable } from '../graph/types';
import { catalogue, edge, ports } from './examples';
import { handing, nextPair } from './mapping';

const table = typeTable(catalogue([]));
const source = ports(
  [],
  [
    ['text', 'string'],
    ['count', 'number'],
  ],
);
const target = ports(
  [
    ['question', 'string'],
    ['limit', 'number'],
  ],
  [],
);
const plain = edge('e', 'a', 'b');

describe('what an edge hands over', () => {
  it('is automatic where the first ports fit and nothing else gives that input', () => {
    expect(handing(plain, source, target, [plain], table)).toEqual({ kind: 'automatic', pair: ['text', 'question'] });
    const other = edge('f', 'c', 'b', { data: { mapping: { out: 'question' } } });
    expect(handing(plain, source, target, [plain, other], table)).toEqual({ kind: 'order', taken: true });
  });
  it('is the order alone where they do not fit', () => {
    const files = ports([['file', 'file']], []);
    expect(handing(plain, source, files, [plain], table)).toEqual({ kind: 'order', taken: false });
  });
  it('is its mapping where it has one', () => {
    const mapped = edge('e', 'a', 'b', { data: { mapping: { count: 'limit' } } });
    expect(handing(mapped, source, target, [], table)).toEqual({ kind: 'mapped', pairs: [['count', 'limit']] });
  });
  it('can grow by what is left and fits', () => {
    expect(nextPair([['text', 'question']], source, target, false, table)).toEqual(['count', 'limit']);
    expect(
      nextPair(
        [
          ['text', 'question'],
          ['count', 'limit'],
        ],
        source,
        target,
        false,
        table,
      ),
    ).toBeNull();
    expect(nextPair([], source, ports([], []), true, table)).toEqual(['text', 'text']);
  });
});
