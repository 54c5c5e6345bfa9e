import { describe, expect, it } from 'vitest';
import type { NodePorts, PortSpec } from '@/api/types';
import { aligned } from './align';
import { type Around, boundInputs, candidates } from './inputs';

const port = (name: string, type = 'string'): PortSpec => ({ name, type });
const ports = (inputs: PortSpec[], outputs: PortSpec[]): NodePorts => ({ inputs, outputs, branches: [] });
const TABLE = new Map([['string', new Set(['any'])]]);

function around(edges: Around['doc']['edges'], given: Record<string, NodePorts>): Around {
  const nodes = Object.keys(given).map((id) => ({ id, type: 'any' }));
  return { doc: { nodes, edges, ui: {} }, table: TABLE, portsOf: (id) => given[id] ?? ports([], []) };
}

const GIVEN = {
  a: ports([], [port('x'), port('n', 'number')]),
  b: ports([port('p'), port('q')], [port('y')]),
  c: ports([port('z')], [port('w')]),
};

describe('where inputs come from', () => {
  const from = (edges: Around['doc']['edges']) =>
    Object.fromEntries(
      boundInputs('b', around(edges, GIVEN)).map((one) => [
        one.port.name,
        one.sources.map((source) => `${source.node.id}.${source.port?.name}`),
      ]),
    );

  it('an edge without a mapping binds the first to the first', () =>
    expect(from([{ id: 'e1', source: 'a', target: 'b' }])).toEqual({ p: ['a.x'], q: [] }));

  it('a mapping comes before that', () =>
    expect(
      from([
        { id: 'e1', source: 'a', target: 'b' },
        { id: 'e2', source: 'c', target: 'b', data: { mapping: { output: 'p' } } },
      ]),
    ).toEqual({ p: ['c.w'], q: [] }));

  it('names that are mapped but not declared are shown too', () =>
    expect(from([{ id: 'e1', source: 'a', target: 'b', data: { mapping: { x: 'more' } } }])).toEqual({
      p: [],
      q: [],
      more: ['a.x'],
    }));
});

it('offers outputs that fit and close no circle', () => {
  const edges = [{ id: 'e1', source: 'b', target: 'c' }];
  const found = candidates('b', port('p'), around(edges, GIVEN));
  expect(found.map((one) => `${one.node.id}.${one.port.name}`)).toEqual(['a.x']);
});

it('puts nodes in line and spaces them', () => {
  const boxes = [
    { id: 'a', x: 0, y: 0, width: 10, height: 10 },
    { id: 'b', x: 90, y: 30, width: 10, height: 20 },
    { id: 'c', x: 200, y: 50, width: 10, height: 10 },
  ];
  expect([...aligned(boxes, 'top').values()].map((place) => place.y)).toEqual([0, 0, 0]);
  expect([...aligned(boxes, 'row').values()].map((place) => place.x)).toEqual([0, 100, 200]);
});
