// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { formPointer } from '../problems';
import { faults } from './validate';

const schema = {
  $defs: {
    Port: { type: 'object', properties: { name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]{0,63}$' } } },
  },
  type: 'object',
  required: ['model'],
  properties: {
    model: { type: 'string', minLength: 1 },
    temperature: { anyOf: [{ type: 'number', maximum: 2 }, { type: 'null' }] },
    ports: { type: 'array', items: { $ref: '#/$defs/Port' }, minItems: 1 },
  },
};

describe('faults found while typing', () => {
  it('are sentences at their field', () => {
    expect(faults(schema, { model: '', temperature: 5, ports: [{ name: '1a' }] })).toEqual([
      { pointer: '/model', word: 'faultEmpty' },
      { pointer: '/temperature', word: 'faultHigh', values: { n: 2 } },
      { pointer: '/ports/0/name', word: 'faultName' },
    ]);
    expect(faults(schema, { model: 'm', ports: [] })).toEqual([
      { pointer: '/ports', word: 'faultFew', values: { n: 1 } },
    ]);
  });

  it('leave what is missing altogether to the server', () => expect(faults(schema, {})).toEqual([]));

  it('are none where a schema cannot be read', () => {
    expect(faults({ properties: { a: { pattern: '(' } } }, { a: 'x' })).toEqual([]);
    expect(faults({ properties: { a: { $ref: '#/nowhere' } } }, { a: 1 })).toEqual([]);
  });

  it('does not write into the catalogue', () => {
    const before = JSON.stringify(schema);
    faults(schema, { model: 'm' });
    expect(JSON.stringify(schema)).toBe(before);
  });
});

describe("the checker's pointers", () => {
  it.each([
    ['/nodes/3/config/cases/0/id', '/cases/0/id'],
    ['/nodes/12/config', null],
    ['/nodes/0/retry/attempts', '/@node/attempts'],
    ['/nodes/0/timeout', '/@node/timeout'],
    ['/nodes/0/default_outputs/text', '/@node/default_outputs/text'],
    ['/nodes/0/id', null],
    ['/edges/1', null],
    [null, null],
  ])('%s is the form’s %s', (pointer, field) => expect(formPointer(pointer)).toBe(field));
});
