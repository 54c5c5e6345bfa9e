import { beforeEach, describe, expect, it } from 'vitest';
import { copied, paste, readPiece, withNames } from './clipboard';
import { type DocEdge, endsOf, freeNodeId, positionOf, toDoc, toGraph } from './document';
import { GRAPH, node, TYPES, UNCHECKED } from './fixtures';
import { heightOf, portPlaces } from './geometry';
import { nodePorts, useEditor } from './store';
import { assignable, typeTable } from './types';

const table = typeTable(TYPES);
const editor = () => useEditor.getState();
const open = (canEdit = true) => editor().open('app', toDoc(structuredClone(GRAPH)), UNCHECKED, TYPES, canEdit);

beforeEach(() => open());

describe('types', () => {
  it('follows the table, reads `list` as an array of anything, and looks into arrays', () => {
    expect(assignable('number', 'string', table)).toBe(true);
    expect(assignable('string', 'number', table)).toBe(false);
    expect(assignable('array[object]', 'list', table)).toBe(true);
    expect(assignable('array[array[number]]', 'array[array[string]]', table)).toBe(true);
    expect(assignable('array[array[string]]', 'array[array[number]]', table)).toBe(false);
  });
});

describe('document', () => {
  it('gives ids to edges and places to nodes that have none, and writes the same graph back', () => {
    const bare = { nodes: GRAPH.nodes.map(({ ui: _, ...rest }) => rest), edges: GRAPH.edges };
    const doc = toDoc(bare);
    expect(doc.edges.map((edge) => edge.id)).toEqual(['e1', 'e2']);
    const xs = doc.nodes.map((one) => positionOf(one).x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    expect(new Set(xs).size).toBe(3);
    expect(toGraph(toDoc(GRAPH)).nodes).toEqual(GRAPH.nodes);
  });
  it('draws an edge between the ports it maps, and from primary to primary without a mapping', () => {
    const [first, second] = editor().doc.edges as [DocEdge, DocEdge];
    const ports = (id: string) => nodePorts(editor(), id);
    expect(endsOf(first, ports('a'), ports('b'))).toEqual({ from: 'out:question', to: 'in:query' });
    expect(endsOf(second, ports('b'), ports('c'))).toEqual({ from: 'out:hits', to: 'in:context' });
    const named = { source: 'b', target: 'c', data: { mapping: { output: 'my_own_name' } } };
    expect(endsOf(named, ports('b'), ports('c'))).toEqual({ from: 'out:hits', to: 'node:in' });
    const branch = { source: 'f', target: 'b', source_handle: 'yes' };
    expect(endsOf(branch, TYPES.types[3] as never, ports('b')).from).toBe('branch:yes');
  });
  it('makes ids that a template can name', () => {
    expect(freeNodeId('write', new Set(['write_1']))).toBe('write_2');
    expect(freeNodeId('9 我的-node', new Set())).toMatch(/^[A-Za-z_][A-Za-z0-9_]*_1$/);
  });
  it('has a place inside the card for every port', () => {
    for (const type of TYPES.types) {
      const ports = type;
      for (const place of portPlaces(ports)) expect(place.y).toBeLessThan(heightOf(ports));
      const handles = portPlaces(ports).map((place) => place.handle);
      expect(new Set(handles).size).toBe(handles.length);
    }
  });
});

describe('connecting', () => {
  const ends = (source: string, out: string | null, target: string, into: string | null) => ({
    source,
    sourceHandle: out,
    target,
    targetHandle: into,
  });
  it('writes primary to primary without a mapping, as a file would', () => {
    expect(editor().connect(ends('a', 'out:question', 'c', 'in:prompt'))).toBeNull();
    expect(editor().doc.edges.at(-1)).toEqual({ id: 'e3', source: 'a', target: 'c' });
  });
  it('maps other ports, and grows the mapping of an edge that is there', () => {
    expect(editor().connect(ends('b', 'out:count', 'c', 'in:prompt'))).toBeNull();
    expect(editor().doc.edges).toHaveLength(2);
    expect(editor().doc.edges[1]?.data?.mapping).toEqual({ hits: 'context', count: 'prompt' });
  });
  it('keeps what an edge bound by itself when a second pair is drawn', () => {
    editor().connect(ends('a', 'out:question', 'c', 'in:prompt'));
    editor().connect(ends('a', 'out:question', 'c', 'in:context'));
    // One output has one place in a mapping: the new pair takes it.
    expect(editor().doc.edges.at(-1)?.data?.mapping).toEqual({ question: 'context' });
  });
  it.each([
    ['self', ends('a', 'out:question', 'a', null)],
    ['cycle', ends('c', 'out:text', 'b', 'in:query')],
    ['type', ends('b', 'out:hits', 'z', 'in:text')],
    ['duplicate', ends('a', 'out:question', 'b', 'in:query')],
    ['duplicate', ends('b', 'out:hits', 'c', 'in:context')],
  ])('refuses: %s', (why, drawn) => {
    editor().edit('edit_add', (draft) => void draft.nodes.push(node('z', 'end')));
    const before = editor().doc;
    expect(editor().connect(drawn)?.why).toBe(why);
    expect(editor().doc).toBe(before);
  });
  it('leaves a branch by its handle, one edge for each branch', () => {
    const fork = editor().add('fork', { x: 0, y: 0 });
    editor().connect(ends(fork, 'branch:yes', 'c', null));
    editor().connect(ends(fork, 'branch:no', 'c', null));
    expect(
      editor()
        .doc.edges.slice(2)
        .map((edge) => edge.source_handle),
    ).toEqual(['yes', 'no']);
  });
  it('connects a node that is added from a port to its first fitting input', () => {
    const id = editor().add('write', { x: 3, y: 7 }, { source: 'b', sourceHandle: 'out:count' });
    expect(editor().doc.edges.at(-1)).toMatchObject({
      source: 'b',
      target: id,
      data: { mapping: { count: 'prompt' } },
    });
    expect(positionOf(editor().doc.nodes.at(-1) as never)).toEqual({ x: 0, y: 10 });
    editor().undo();
    expect(editor().doc.nodes).toHaveLength(3);
    expect(editor().doc.edges).toHaveLength(2);
  });
});

describe('undo', () => {
  it('takes back any row of edits to the very start, and brings all of it again', () => {
    const states = [editor().doc];
    const acts: (() => void)[] = [
      () => editor().add('end', { x: 900, y: 0 }),
      () => editor().connect({ source: 'c', sourceHandle: 'out:text', target: 'end_1', targetHandle: 'in:text' }),
      () => editor().setConfig('end_1', 'name', 'other'),
      () => editor().patchNode('c', { title: 'Write it' }),
      () => editor().move(new Map([['a', { x: 13, y: 57 }]])),
      () => editor().rename('b', 'found'),
      () => editor().setMapping('e2', { count: 'prompt' }),
      () => editor().paste(copied(editor().doc, ['a', 'c'])),
      () => editor().remove({ nodes: ['a'], edges: ['e2'] }),
    ];
    for (const act of acts) {
      act();
      expect(editor().doc).not.toBe(states.at(-1));
      states.push(editor().doc);
    }
    for (const state of [...states].reverse().slice(1)) {
      editor().undo();
      expect(editor().doc).toEqual(state);
    }
    expect(editor().history.past).toHaveLength(0);
    for (const state of states.slice(1)) {
      editor().redo();
      expect(editor().doc).toEqual(state);
    }
  });
  it('joins keystrokes in one field, and does not join what came after a redo', () => {
    for (const value of ['a', 'ab', 'abc']) editor().setConfig('c', 'prompt', value);
    expect(editor().history.past).toHaveLength(1);
    editor().undo();
    expect(editor().doc.nodes[2]?.config?.prompt).toBe('{{ b.hits }} {{ ab.hits }}');
    editor().redo();
    editor().setConfig('c', 'prompt', 'abcd');
    expect(editor().history.past).toHaveLength(2);
  });
  it('leaves no edit where nothing changed, and none for those who may only look', () => {
    editor().move(new Map([['a', { x: 2, y: 1 }]]));
    expect(editor().history.past).toHaveLength(0);
    open(false);
    editor().add('end', { x: 0, y: 0 });
    expect(editor().doc.nodes).toHaveLength(3);
  });
});

describe('names', () => {
  it('renames a node in edges and in templates, and nothing that only looks like it', () => {
    expect(editor().rename('b', 'found')).toBe(true);
    expect(editor().doc.edges[0]?.target).toBe('found');
    expect(editor().doc.nodes[2]?.config?.prompt).toBe('{{ found.hits }} {{ ab.hits }}');
    expect(editor().rename('found', 'a')).toBe(false);
    expect(editor().rename('found', '1x')).toBe(false);
  });
  it('leaves text outside of braces alone', () => {
    const text = withNames(
      node('x', 'write', 0, 0, { t: 'b.hits {{ b.hits }} {% if b %}', list: [{ variable: 'b.count' }] }),
      new Map([['b', 'q']]),
    );
    expect(text.config).toEqual({ t: 'b.hits {{ q.hits }} {% if q %}', list: [{ variable: 'q.count' }] });
  });
});

describe('clipboard', () => {
  it('carries nodes, their edges and the names they use to another graph under free ids', () => {
    const text = copied(editor().doc, ['b', 'c']);
    expect(editor().paste(text, { x: 1000, y: 500 })).toBe(true);
    const { doc, selection } = editor();
    expect(selection.nodes).toEqual(['find_1', 'write_1']);
    expect(doc.edges.at(-1)).toMatchObject({ source: 'find_1', target: 'write_1' });
    expect(doc.nodes.at(-1)?.config?.prompt).toBe('{{ find_1.hits }} {{ ab.hits }}');
    expect(positionOf(doc.nodes.at(-2) as never)).toEqual({ x: 1000, y: 500 });
  });
  it.each([
    '',
    'hello',
    '{}',
    '[1]',
    '{"nodes": []}',
    '{"nodes": [{"id": 1}]}',
    '{"nodes": [null]}',
    '{',
  ])('takes %j for what it is: no nodes', (text) => {
    expect(readPiece(text)).toBeNull();
    expect(editor().paste(text)).toBe(false);
  });
  it('drops edges whose ends were not copied', () => {
    const piece = readPiece(JSON.stringify({ nodes: [node('n', 'end')], edges: [{ source: 'n', target: 'gone' }, 7] }));
    const doc = { nodes: [], edges: [], ui: {} };
    paste(doc, piece as never);
    expect(doc).toMatchObject({ nodes: [{ id: 'n' }], edges: [] });
  });
});
