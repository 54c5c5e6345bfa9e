import { produce } from 'immer';
import { describe, expect, it } from 'vitest';
import { HEAD, ROW, WIDTH } from '../graph/geometry';
import { edge, node, ports } from './examples';
import { flowEdges, flowNodes } from './flow';
import { nodesById } from './lookup';

const shape = ports(
  [['input', 'any']],
  [
    ['text', 'string'],
    ['count', 'number'],
  ],
);
const portsOf = () => shape;
const NONE = new Set<string>();
const STILL = new Map();

describe('nodes', () => {
  const nodes = Array.from({ length: 500 }, (_, i) => node(`n${i}`, i * 10, 0));

  it('are the same objects as long as nothing that they show has changed', () => {
    const before = flowNodes(nodes, portsOf, NONE, STILL);
    const after = flowNodes([...nodes], portsOf, NONE, STILL);
    expect(after.every((one, i) => one === before[i])).toBe(true);
  });
  it('are made anew one by one: selected, dragged, edited', () => {
    const before = flowNodes(nodes, portsOf, NONE, STILL);
    const changed = (after: readonly object[]) => after.flatMap((one, i) => (one === before[i] ? [] : [i]));
    expect(changed(flowNodes(nodes, portsOf, new Set(['n7']), STILL))).toEqual([7]);
    flowNodes(nodes, portsOf, NONE, STILL);
    const again = flowNodes(nodes, portsOf, NONE, STILL);
    const dragged = flowNodes(nodes, portsOf, NONE, new Map([['n9', { x: 1, y: 2 }]]));
    expect(dragged.flatMap((one, i) => (one === again[i] ? [] : [i]))).toEqual([9]);
    expect(dragged[9]?.position).toEqual({ x: 1, y: 2 });
    expect(dragged[9]?.data).toBe(again[9]?.data);
    const edited = produce(nodes, (draft) => {
      const one = draft[3];
      if (one) one.title = 'Changed';
    });
    const last = flowNodes(nodes, portsOf, NONE, STILL);
    expect(flowNodes(edited, portsOf, NONE, STILL).flatMap((one, i) => (one === last[i] ? [] : [i]))).toEqual([3]);
  });
  it('come with size and places of ports, so that nothing is measured', () => {
    const [one] = flowNodes([node('a')], portsOf, NONE, STILL);
    expect(one).toMatchObject({ width: WIDTH, height: one?.measured?.height });
    expect(one?.handles?.find((handle) => handle.id === 'out:count')).toMatchObject({
      x: WIDTH,
      y: HEAD + ROW + ROW / 2,
      width: 0,
    });
  });
});

describe('edges', () => {
  const known = nodesById([node('a'), node('b')]);

  it('leave and arrive at the ports that they map', () => {
    const mapped = edge('e1', 'a', 'b', { data: { mapping: { count: 'input' } } });
    const [one] = flowEdges([mapped], known, portsOf, NONE);
    expect(one).toMatchObject({ sourceHandle: 'out:count', targetHandle: 'in:input', data: { type: 'number' } });
    expect(flowEdges([mapped], known, portsOf, NONE)[0]).toBe(one);
  });
  it('draw every further pair of a mapping beside the first', () => {
    const two = ports(
      [
        ['x', 'any'],
        ['y', 'any'],
      ],
      [
        ['p', 'any'],
        ['q', 'any'],
      ],
    );
    const mapping = { p: 'y', q: 'x' };
    const [one] = flowEdges([edge('e2', 'a', 'b', { data: { mapping } })], known, () => two, NONE);
    expect(one?.data?.more).toEqual([{ from: ROW, to: -ROW }]);
  });
  it('are left out where a node is missing, and end at the card where an input is open', () => {
    expect(flowEdges([edge('e3', 'a', 'gone')], known, portsOf, NONE)).toEqual([]);
    const open = edge('e4', 'a', 'b', { data: { mapping: { text: 'anything' } } });
    expect(flowEdges([open], known, portsOf, NONE)[0]?.targetHandle).toBe('node:in');
  });
});
