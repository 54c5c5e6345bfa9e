import { describe, expect, it } from 'vitest';
import { edge, node } from './examples';
import { flowOrder, followed, neighbour } from './order';

// a goes to b (above) and c (below); both go to d; x stands alone.
const doc = {
  nodes: [node('d', 600, 0), node('c', 300, 200), node('x', 0, 400), node('a', 0, 0), node('b', 300, -100)],
  edges: [edge('1', 'a', 'c'), edge('2', 'a', 'b'), edge('3', 'b', 'd'), edge('4', 'c', 'd')],
  ui: {},
};

describe('the order of reading', () => {
  it('puts every node after what leads to it, upper branches first', () => {
    expect(flowOrder(doc)).toEqual(['a', 'b', 'c', 'd', 'x']);
  });
  it('holds every node once, circles and edges to nowhere included', () => {
    const circle = {
      ...doc,
      nodes: [...doc.nodes],
      edges: [...doc.edges, edge('5', 'd', 'a'), edge('6', 'x', 'gone')],
    };
    expect([...flowOrder(circle)].sort()).toEqual(['a', 'b', 'c', 'd', 'x']);
  });
  it('is the same array for the same document', () => {
    expect(flowOrder(doc)).toBe(flowOrder({ ...doc }));
  });
  it('goes on by steps, and ends', () => {
    expect(neighbour(doc, 'b', 1)).toBe('c');
    expect(neighbour(doc, undefined, 1)).toBe('a');
    expect(neighbour(doc, 'a', -1)).toBeNull();
    expect(neighbour(doc, 'x', 1)).toBeNull();
  });
});

describe('following an edge', () => {
  it('goes right, left, and through what starts at the same node', () => {
    expect(followed(doc, 'a', 'right')).toBe('b');
    expect(followed(doc, 'd', 'left')).toBe('b');
    expect(followed(doc, 'b', 'down')).toBe('c');
    expect(followed(doc, 'c', 'up')).toBe('b');
    expect(followed(doc, 'b', 'up')).toBeNull();
    expect(followed(doc, 'x', 'right')).toBeNull();
  });
});
