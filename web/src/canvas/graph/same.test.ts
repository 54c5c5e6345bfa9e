import { describe, expect, it } from 'vitest';
import { keptSame } from './same';

describe('old objects for equal ones', () => {
  const a = { inputs: [{ name: 'x', type: 'string' }], summary: null };
  it('are kept one by one', () => {
    const after = keptSame({ a, b: a }, { a: structuredClone(a), b: { ...a, summary: 'new' } as never, c: a });
    expect(after.a).toBe(a);
    expect(after.b).toEqual({ ...a, summary: 'new' });
    expect(Object.keys(after)).toEqual(['a', 'b', 'c']);
  });
  it('are not kept where something was added, taken away or turned into a list', () => {
    const other = (value: unknown) => keptSame<unknown>({ a }, { a: value }).a === a;
    expect(other({ ...a, scope: [] })).toBe(false);
    expect(other({ inputs: a.inputs })).toBe(false);
    expect(other({ ...a, inputs: { 0: a.inputs[0] } })).toBe(false);
    expect(other(structuredClone(a))).toBe(true);
  });
});
