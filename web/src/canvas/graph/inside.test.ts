import { beforeEach, describe, expect, it } from 'vitest';
import type { Checked, Problem } from '@/api/types';
import { toDoc } from './document';
import { node, TYPES, UNCHECKED } from './fixtures';
import { told } from './inside';
import { useEditor } from './store';

const editor = () => useEditor.getState();
const DEEP = node('deep', 'box', 0, 0, { graph: { nodes: [{ id: 'z', type: 'end' }], edges: [] } });
const HELD = {
  nodes: [{ id: 'x', type: 'find' }, { id: 'y', type: 'write' }, DEEP],
  edges: [{ source: 'x', target: 'y' }],
};
const GRAPH = {
  nodes: [node('a', 'start'), node('box', 'box', 300, 0, { graph: HELD })],
  edges: [{ source: 'a', target: 'box' }],
};
const idsInside = (whole: object) =>
  (
    JSON.parse(JSON.stringify(whole)) as { nodes: { config: { graph: { nodes: { id: string }[] } } }[] }
  ).nodes[1]?.config.graph.nodes.map((one) => one.id);

beforeEach(() => editor().open('app', toDoc(structuredClone(GRAPH)), UNCHECKED, TYPES, true));

const problem = (nodeId: string, pointer: string): Problem => ({
  code: 'x',
  message: 'x',
  pointer,
  node: nodeId,
  edge: null,
  severity: 'error',
});

describe('looking into a container', () => {
  it('shows its graph with ids and places, and changes nothing that could be undone', () => {
    editor().enter('box');
    expect(editor().focus).toEqual(['box']);
    expect(editor().doc.nodes.map((one) => one.id)).toEqual(['x', 'y', 'deep']);
    expect(editor().doc.edges[0]?.id).toBe('e1');
    expect(editor().history.past).toHaveLength(0);
    editor().enter('deep');
    expect(editor().doc.nodes.map((one) => one.id)).toEqual(['z']);
    editor().enter('nothing');
    expect(editor().focus).toEqual(['box', 'deep']);
    editor().leave(0);
    expect(editor().doc).toBe(editor().whole);
  });

  it('edits in place, and undo goes back to the very start from anywhere', () => {
    const before = editor().whole;
    editor().enter('box');
    editor().setConfig('x', 'top_k', 3);
    editor().enter('deep');
    editor().add('end', { x: 10, y: 20 });
    expect(editor().doc.nodes).toHaveLength(2);
    editor().leave(0);
    expect(JSON.stringify(editor().whole)).toContain('"top_k":3');
    editor().undo();
    editor().undo();
    expect(idsInside(editor().whole)).toEqual(idsInside(before));
    expect(JSON.stringify(editor().whole)).not.toContain('top_k');
    expect(editor().whole.nodes[0]).toBe(before.nodes[0]);
  });

  it('comes out of a container that is undone', () => {
    const id = editor().add('box', { x: 0, y: 0 });
    editor().setConfig(id, 'graph', { nodes: [{ id: 'q', type: 'end' }], edges: [] });
    editor().enter(id);
    expect(editor().focus).toEqual([id]);
    editor().undo();
    editor().undo();
    expect(editor().focus).toEqual([]);
    expect(editor().doc).toBe(editor().whole);
  });

  it('shows problems and ports of the graph in focus by their own ids', () => {
    const checked: Checked = {
      problems: [
        problem('box/x', '/nodes/1/config/graph/nodes/0/config/query'),
        problem('box/deep/z', '/nodes/1/config/graph/nodes/2/config/graph/nodes/0/type'),
        problem('a', '/nodes/0/config'),
        problem('box', '/nodes/1/config/graph/edges/0/target'),
      ],
      ports: {
        a: { inputs: [], outputs: [], branches: [] },
        'box/x': { inputs: [], outputs: [], branches: [], summary: 'inside' },
        'box/deep/z': { inputs: [], outputs: [], branches: [] },
      },
    };
    editor().setChecked(checked, ['e1']);
    expect(editor().problems.map((one) => one.node)).toEqual(['box', 'box', 'a', 'box']);
    expect(Object.keys(editor().ports)).toEqual(['a']);
    editor().enter('box');
    expect(editor().problems.map((one) => [one.node, one.pointer])).toEqual([
      ['x', '/nodes/0/config/query'],
      ['deep', '/nodes/2/config/graph/nodes/0/type'],
      [null, '/edges/0/target'],
    ]);
    expect(editor().ports.x?.summary).toBe('inside');
    expect(editor().edgeIds).toEqual([]);
    editor().enter('deep');
    expect(editor().problems.map((one) => one.node)).toEqual(['z']);
  });
});

it('counts what people are told of: an empty canvas is no mistake', () => {
  const problem = (code: string, severity: 'error' | 'warning') => ({ code, severity, message: { en: '' } }) as Problem;
  expect(told([problem('graph_empty', 'error')])).toEqual({ count: 0, error: false });
  expect(told([problem('input_missing', 'error'), problem('node_unconnected', 'warning')])).toEqual({
    count: 2,
    error: true,
  });
});
