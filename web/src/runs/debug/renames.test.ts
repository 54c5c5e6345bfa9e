// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import type { GraphNode } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { followRenames } from './renames';
import { breakpointsFor, useDebug } from './store';
import { useTried } from './tried';

const node = (id: string, config = {}): GraphNode => ({ id, type: 'any', config, ui: { x: 0, y: 0 } });
const HELD = { nodes: [node('say'), node('loud')], edges: [], ui: {} };
const DOC = { nodes: [node('find'), node('each', { graph: HELD })], edges: [], ui: {} };

const editor = () => useEditor.getState();
const places = () => breakpointsFor(() => true).map(({ node, condition }) => [node, condition[0]?.variable]);

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  editor().open('a', DOC, { problems: [], ports: {} }, { types: [], plugins: [], types_table: [] }, true);
  useDebug.getState().open('a');
  useTried.setState({ runs: { find: 'run_1' } });
  const { setCondition, pin, toggle } = useDebug.getState();
  setCondition('each/say', [{ variable: 'find.count' }]);
  setCondition('each', [{ variable: 'finder.count' }]);
  toggle('find');
  pin('find', { text: 'p' });
  const stop = followRenames();
  return stop;
});

describe('what was set on a node', () => {
  it('goes with it to its new name, and back and forth with undo', () => {
    editor().rename('find', 'search');
    const after = [
      ['each/say', 'search.count'],
      ['each', 'finder.count'],
      ['search', undefined],
    ];
    expect(places()).toEqual(after);
    expect(useDebug.getState().pins).toEqual({ search: { text: 'p' } });
    expect(useTried.getState().runs).toEqual({ search: 'run_1' });
    editor().undo();
    expect(places()).toEqual([
      ['each/say', 'find.count'],
      ['each', 'finder.count'],
      ['find', undefined],
    ]);
    expect(useDebug.getState().pins).toEqual({ find: { text: 'p' } });
    editor().redo();
    expect(places()).toEqual(after);
    useDebug.getState().open('a');
    expect(places()).toEqual(after);
  });

  it('goes with a container, and with a node inside of one', () => {
    editor().rename('each', 'all');
    expect(places().map(([path]) => path)).toEqual(['all/say', 'all', 'find']);
    editor().enter('all');
    editor().rename('say', 'tell');
    expect(places().map(([path]) => path)).toEqual(['all/tell', 'all', 'find']);
    editor().leave(0);
    editor().undo();
    expect(places().map(([path]) => path)).toEqual(['all/say', 'all', 'find']);
  });

  it('stays where a node is replaced by another edit', () => {
    editor().remove({ nodes: ['find'], edges: [] });
    editor().add('any', { x: 0, y: 0 });
    expect(places().map(([path]) => path)).toEqual(['each/say', 'each', 'find']);
    expect(useDebug.getState().pins).toEqual({ find: { text: 'p' } });
  });
});
