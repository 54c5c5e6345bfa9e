import { describe, expect, it } from 'vitest';
import type { NodeStatus, NodeView, RunView } from '@/runs/fold';
import { edgeState } from './edgeState';
import { edge } from './examples';

const at = (status: NodeStatus, branch: string | null = null) => ({ status, branch }) as NodeView;
const run = (nodes: Record<string, NodeView>) => ({ nodes }) as RunView;
const plain = edge('e', 'a', 'b');

describe('an edge in a run', () => {
  it('is nothing before its source has ended', () => {
    expect(edgeState(null, plain)).toBe('none');
    expect(edgeState(run({}), plain)).toBe('none');
    expect(edgeState(run({ a: at('running') }), plain)).toBe('none');
  });
  it('is delivered, and active while the next node works', () => {
    expect(edgeState(run({ a: at('succeeded'), b: at('succeeded') }), plain)).toBe('delivered');
    expect(edgeState(run({ a: at('succeeded'), b: at('retrying') }), plain)).toBe('active');
  });
  it('goes by the branch that was taken', () => {
    const view = run({ a: at('succeeded', 'yes'), b: at('succeeded') });
    expect(edgeState(view, { ...plain, source_handle: 'yes' })).toBe('delivered');
    expect(edgeState(view, { ...plain, source_handle: 'no' })).toBe('skipped');
    expect(edgeState(view, plain)).toBe('delivered');
    expect(edgeState(run({ a: at('skipped') }), plain)).toBe('skipped');
  });
  it('goes by what the node does with its failure', () => {
    const view = run({ a: at('failed') });
    const error = { ...plain, source_handle: 'error' };
    expect(edgeState(view, plain)).toBe('skipped');
    expect(edgeState(view, plain, 'default')).toBe('delivered');
    expect(edgeState(view, error, 'branch')).toBe('delivered');
    expect(edgeState(view, plain, 'branch')).toBe('skipped');
  });
});
