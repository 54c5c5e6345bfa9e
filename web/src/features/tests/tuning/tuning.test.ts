import { beforeEach, describe, expect, it } from 'vitest';
import type { Graph } from '@/api/types';
import { withConfig } from './nodes';
import { addDraft, freeLetter, setField, useDrafts } from './variants';

const graph: Graph = {
  nodes: [
    { id: 'a', type: 'x', config: { model: 'one', prompt: 'p' } },
    {
      id: 'each',
      type: 'y',
      config: { body: { nodes: [{ id: 'in', type: 'x', config: { model: 'two' } }], edges: [] } },
    },
  ],
  edges: [],
};

describe('a draft with one node changed', () => {
  it('replaces fields and leaves the rest, the original too', () => {
    const next = withConfig(graph, 'a', { model: 'three' });
    expect(next?.nodes[0]?.config).toEqual({ model: 'three', prompt: 'p' });
    expect(next?.nodes[1]).toBe(graph.nodes[1]);
    expect(graph.nodes[0]?.config?.model).toBe('one');
  });
  it('finds nodes inside of containers', () => {
    const next = withConfig(graph, 'each/in', { model: 'three' });
    expect((next?.nodes[1]?.config?.body as Graph).nodes[0]?.config).toEqual({ model: 'three' });
  });
  it('says where there is no such node', () => {
    expect(withConfig(graph, 'gone', {})).toBeNull();
    expect(withConfig(graph, 'each/gone', {})).toBeNull();
    expect(withConfig(graph, 'a/in', {})).toBeNull();
  });
});

describe('variants', () => {
  beforeEach(() => useDrafts.setState({ drafts: {} }));
  const change = () => useDrafts.getState().drafts.key?.[0]?.change;

  it('keep only what differs from the node', () => {
    const id = addDraft('key', 'A');
    const base = { model: 'one' };
    setField('key', id, base, 'model', 'two', undefined);
    expect(change()).toEqual({ model: 'two' });
    setField('key', id, base, 'model', 'one', undefined);
    expect(change()).toEqual({});
  });
  it('say what a field that was taken out is without a value', () => {
    const id = addDraft('key', 'A');
    setField('key', id, { temperature: 1, system: 's' }, 'temperature', undefined, undefined);
    setField('key', id, { temperature: 1, system: 's' }, 'system', undefined, '');
    expect(change()).toEqual({ temperature: null, system: '' });
    setField('key', id, {}, 'temperature', undefined, undefined);
    expect(change()).toEqual({ system: '' });
  });
  it('are named by the first free letter', () => {
    expect(freeLetter(['Variant A'], (letter) => `Variant ${letter}`)).toBe('Variant B');
  });
});
