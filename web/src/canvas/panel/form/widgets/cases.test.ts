import { describe, expect, it } from 'vitest';
import { added, casesOf, converted, freeCaseId, shapeOf, valueKind } from './cases';
import { moved } from './useRows';

const clause = {
  type: 'object',
  properties: { variable: { type: 'string' }, operator: { enum: ['is', '>'], default: 'is' }, value: {} },
};
const schema = {
  type: 'array',
  maxItems: 3,
  items: { type: 'object', properties: { id: { type: 'string' }, clauses: { type: 'array', items: clause } } },
};

describe('cases', () => {
  it('have the shape that the schema gives them', () => {
    expect(shapeOf(schema, {})).toMatchObject({ operators: ['is', '>'], operator: 'is', mostCases: 3 });
    expect(shapeOf({ type: 'array', items: { type: 'object', properties: { name: {} } } }, {})).toBeNull();
    expect(shapeOf({}, {})).toBeNull();
  });

  it('take ids that no edge leaves by yet, and keep them', () => {
    expect(freeCaseId([])).toBe('true');
    const shape = shapeOf(schema, {});
    if (!shape) throw new Error('a shape');
    const two = added(added([], shape), shape);
    expect(two.map((one) => one.id)).toEqual(['true', 'case_2']);
    const [, second] = two;
    if (!second) throw new Error('two');
    expect(added([second], shape).map((one) => one.id)).toEqual(['case_2', 'case_3']);
    expect(moved(two, 0, 1).map((one) => one.id)).toEqual(['case_2', 'true']);
  });

  it('are read out of anything', () => {
    expect(casesOf('no')).toEqual([]);
    expect(casesOf([{ id: 'a' }, null, { clauses: [{ variable: 3, keep: 1 }] }])).toEqual([
      { id: 'a', clauses: [] },
      { clauses: [{ variable: '', keep: 1 }] },
    ]);
  });
});

describe('the value of a clause', () => {
  it.each([
    ['empty', 'string', 'none'],
    ['in', 'string', 'list'],
    ['>', 'any', 'number'],
    ['is', 'number', 'number'],
    ['is', 'boolean', 'boolean'],
    ['contains', 'boolean', 'text'],
    ['is', undefined, 'text'],
  ] as const)('of %s on %s is %s', (operator, type, kind) => expect(valueKind(operator, type)).toBe(kind));

  it('keeps what it can when its kind changes', () => {
    expect(converted('3', 'number')).toBe(3);
    expect(converted('three', 'number')).toBeNull();
    expect(converted('a, b', 'list')).toEqual(['a', 'b']);
    expect(converted(['a', 'b'], 'text')).toBe('a, b');
    expect(converted('x', 'none')).toBeNull();
  });
});
