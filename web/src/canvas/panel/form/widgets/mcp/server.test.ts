import { describe, expect, it } from 'vitest';
import type { FoundMcpTool, McpLookup } from '@/api/types';
import { argumentsOf, kept, rowsOf, serverOf } from './server';

const schema = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } };
const found: FoundMcpTool = {
  name: 'find',
  title: '',
  description: 'Finds.',
  input_schema: schema,
  idempotent: true,
  read_only: true,
};
const lookup: McpLookup = {
  protocol: 'p',
  tools: [found, { ...found, name: 'other' }],
  left_out: [],
  more: false,
};
const since = (tools: Parameters<typeof rowsOf>[0], of: McpLookup | null = lookup) =>
  rowsOf(tools, of).map((row) => [row.tool.name, row.chosen, row.since]);

describe('rows', () => {
  it('before a lookup are what is chosen', () => {
    expect(since([kept(found)], null)).toEqual([['find', true, 'unknown']]);
  });
  it('know what has changed, what is gone and what is new', () => {
    const swapped = { ...schema, properties: { b: { type: 'number' }, a: { type: 'string' } } };
    expect(since([{ ...kept(found), input_schema: swapped, idempotent: false }])[0]).toEqual(['find', true, 'same']);
    expect(
      since([
        { ...kept(found), description: 'Found.' },
        { ...kept(found), name: 'gone' },
      ]),
    ).toEqual([
      ['gone', true, 'gone'],
      ['find', true, 'changed'],
      ['other', false, 'same'],
    ]);
    expect(since([{ ...kept(found), input_schema: { type: 'object' } }])[0]?.[2]).toBe('changed');
  });
  it('keep of a tool what a graph takes', () => {
    expect(Object.keys(kept(found))).toEqual(['name', 'description', 'input_schema', 'idempotent']);
  });
});

describe('settings from anywhere', () => {
  it.each([null, 7, [], { tools: 'x', headers: [], url: 3 }])('%j are read as none', (value) => {
    expect(serverOf(value)).toEqual({ url: '', headers: {}, protocol: '', tools: [] });
  });
  it('that are whole stay', () => {
    const whole = { url: 'u', headers: { a: 'b' }, protocol: 'p', tools: [kept(found)] };
    expect(serverOf(whole)).toEqual(whole);
  });
});

it('arguments of every kind of schema are listed', () => {
  const properties = {
    a: { type: 'string', description: 'A' },
    b: { enum: ['x', 1] },
    c: { type: ['string', 'null'] },
    d: { type: 'array', items: { type: 'number' } },
    e: true,
    f: { anyOf: [] },
  };
  const listed = argumentsOf({ properties, required: ['a', 7] });
  expect(listed.map((one) => one.type)).toEqual(['string', '"x" | 1', 'string | null', 'number[]', 'any', 'any']);
  expect(listed[0]).toEqual({ name: 'a', type: 'string', required: true, description: 'A' });
  expect(argumentsOf({ properties: 'x', required: 'a' })).toEqual([]);
});
