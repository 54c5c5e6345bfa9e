import { describe, expect, it } from 'vitest';
import type { Expectation } from '@/api/types';
import { expectationOf, newRow, rowAt, rowOf, withKind } from './expectations';

describe('expectations as rows', () => {
  it.each<Expectation>([
    { contains: '15.0%' },
    { contains: 'two\nlines' },
    { contains: ['15.0%', '2025'], not: true },
    { output: 'report', equals: 'yes' },
    { equals: '' },
    { equals: { total: 3, items: [1, 'two', null] } },
    { equals: false, not: true },
    { schema: { type: 'object', required: ['total'] } },
    { schema: true },
    { judge: '回答有出处', model: 'qwen-max' },
  ])('%j comes back as it was', (expectation) => {
    expect(expectationOf(rowOf(expectation))).toEqual({ value: expectation });
  });

  it('takes each line as a piece to look for', () => {
    expect(expectationOf(newRow({ text: ' one \n\n two ' }))).toEqual({ value: { contains: ['one', 'two'] } });
  });

  it('says what is missing', () => {
    expect(expectationOf(newRow())).toEqual({ fault: 'expectEmpty' });
    expect(expectationOf(newRow({ kind: 'value', json: '{' }))).toEqual({ fault: 'expectNoJson' });
    expect(expectationOf(newRow({ kind: 'schema', json: '[]' }))).toEqual({ fault: 'expectNoSchema' });
  });

  it('begins a schema, and keeps what was written when the kind changes', () => {
    const row = withKind(newRow({ text: 'kept', not: true }), 'schema');
    expect(expectationOf(row)).toMatchObject({ value: { schema: { type: 'object' }, not: true } });
    expect(withKind(row, 'judge')).toMatchObject({ text: 'kept', not: false });
  });

  it('finds the row that an error is about', () => {
    expect(rowAt('/expect/12/schema/type')).toBe(12);
    expect([rowAt('/name'), rowAt(null), rowAt('/expect')]).toEqual([null, null, null]);
  });
});
