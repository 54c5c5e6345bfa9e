// @vitest-environment jsdom
import { beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '@/api/types';
import { fold, START } from '../fold';
import { holdersOf, lastOf, outside, passOf } from '../paths';
import { breakpointsFor, pinsFor, useDebug } from './store';
import { latestOf, namesUsed, nested, typed, valueIn } from './values';

const all = () => true;

describe('paths', () => {
  it('lead through containers and passes', () => {
    expect(['a', 'each/3/in/0/llm'].map(outside)).toEqual(['a', 'each/in/llm']);
    expect(['a', 'each/3/in/0/llm'].map(passOf)).toEqual([null, 'each/3/in/0']);
    expect(holdersOf('each/3/in/0/llm')).toEqual(['each/3/in', 'each']);
    expect(lastOf('each/3/llm')).toBe('llm');
  });
});

describe('what is set for debugging', () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
    useDebug.getState().open('a');
  });
  it('is kept for each app apart', () => {
    const { toggle, pin, setCondition, open } = useDebug.getState();
    toggle('x');
    setCondition('y', [{ variable: 'q', operator: 'is', value: 1 }]);
    pin('x', { text: 'p' });
    open('b');
    expect(breakpointsFor(all)).toEqual([]);
    open('a');
    expect(breakpointsFor(all).map((one) => one.node)).toEqual(['x', 'y']);
    expect(pinsFor(all)).toEqual({ x: { text: 'p' } });
    useDebug.getState().toggle('x');
    open('a');
    expect(breakpointsFor(all).map((one) => one.node)).toEqual(['y']);
  });
  it('leaves out nodes that are gone and clauses that say nothing', () => {
    const { toggle, setCondition } = useDebug.getState();
    toggle('gone');
    setCondition('y', [{ variable: ' ' }, { variable: 'q' }]);
    expect(breakpointsFor((path) => path !== 'gone')).toEqual([{ node: 'y', condition: [{ variable: 'q' }] }]);
  });
  it('stops at a node that one runs to whatever its condition is', () => {
    useDebug.getState().setCondition('y', [{ variable: 'q' }]);
    expect(breakpointsFor(all, 'y')).toEqual([{ node: 'y', condition: [] }]);
  });
  it('forgives what cannot be read', () => {
    localStorage.setItem('atoll.breakpoints.a', '[{"node":"x"},{"node":"y","condition":[]},7]');
    sessionStorage.setItem('atoll.pins.a', '{"x":1');
    useDebug.getState().open('a');
    expect(Object.keys(useDebug.getState().breakpoints)).toEqual(['y']);
    expect(useDebug.getState().pins).toEqual({});
  });
});

describe('typed values', () => {
  it('are read by the type of their port', () => {
    expect(typed(' ', 'string')).toBeNull();
    expect(typed('7', 'string')).toEqual({ value: '7' });
    expect(typed('7', 'any')).toEqual({ value: 7 });
    expect(typed('plain words', 'any')).toEqual({ value: 'plain words' });
    expect(typed('seven', 'number')).toEqual({ fault: 'notNumber' });
    expect(typed('{', 'object')).toEqual({ fault: 'notJson' });
  });
  it('are asked for the names that a node uses, and sent as the server looks them up', () => {
    const scope = ['q', 'find.documents', 'find.count', 'sys.user'].map((name) => ({ name, type: 'any' }));
    const config = {
      prompt: '{{ q }} {% for d in find.documents %}{{ sys.user }}',
      cases: [{ variable: 'find.count' }],
    };
    expect(namesUsed(config, scope).map((one) => one.name)).toEqual(['q', 'find.documents', 'find.count']);
    expect(nested({ q: 1, 'find.documents': [2] })).toEqual({ q: 1, find: { documents: [2] } });
  });
});

const NAMES: [string, string | null, object?][] = [
  ['run.started', null, { inputs: { items: [1, 2, 3] } }],
  ['node.started', 'each'],
  ['node.started', 'each/0/say'],
  ['node.succeeded', 'each/0/say', { outputs: { text: 'a' } }],
  ['node.started', 'each/0/loud'],
  ['node.failed', 'each/0/loud', { handled: 'stop' }],
  ['node.started', 'each/1/say'],
  ['node.succeeded', 'each/1/say', { outputs: { text: 'b' } }],
  ['run.paused', 'each/1/loud', { reason: 'breakpoint' }],
];
const EVENTS = NAMES.map(
  ([type, node, data = {}], at): RunEvent => ({ seq: at + 1, type, node, at: 1000 + at, data: { ...data } }),
);

describe('a run with a container', () => {
  const view = fold(START, EVENTS);
  it('counts passes', () => {
    expect(view.nodes.each?.passes).toEqual({ begun: 2, done: 1, failed: 1 });
    expect(view.passes['each/1']).toMatchObject({ number: 1, active: 1, failed: false });
  });
  it('stands still with the node inside, and goes on with it', () => {
    expect(view.nodes.each?.status).toBe('paused');
    const on = fold(view, [
      { seq: 10, type: 'variable.set', node: 'each/1/say', at: 1010, data: { name: 'text', value: 'c', by: 'ann' } },
      { seq: 11, type: 'run.resumed', node: 'each/1/loud', at: 1011, data: { mode: 'go' } },
    ]);
    expect(on.nodes.each?.status).toBe('running');
    expect(on.nodes['each/1/say']).toMatchObject({ outputs: { text: 'c' }, changed: { text: 'ann' } });
  });
  it('knows values by the names that templates use', () => {
    expect(latestOf(view, 'each/say')).toBe('each/1/say');
    expect(latestOf(view, 'say')).toBeNull();
    expect(valueIn(view, 'items')).toEqual([1, 2, 3]);
    expect(valueIn(view, 'say.text', ['each'])).toBe('b');
    expect(valueIn(view, 'say.text', ['each', 'in'])).toBe('b');
    expect(valueIn(view, 'nobody.text', ['each'])).toBeUndefined();
  });
  it('begins with its first pass when it is tried again', () => {
    const again = fold(view, [{ seq: 10, type: 'node.started', node: 'each', at: 1010, data: { attempt: 2 } }]);
    expect(again.nodes.each?.passes).toBeNull();
    expect(Object.keys(again.nodes)).toEqual(['each']);
  });
});
