/** Passes of containers, out of the events of the nodes inside: passes have no events of their own. Pure. */
import type { RunEvent } from '@/api/types';
import type { Draft, NodeView } from './fold';
import { holderOf, passOf } from './paths';

export interface PassView {
  holder: string;
  /** From 0. */
  number: number;
  startedAt: number;
  /** When the last thing in it happened. */
  at: number;
  /** Nodes in it that are under way or wait. None: it is over, or the next one is about to begin. */
  active: number;
  failed: boolean;
}

const isActive = (node: NodeView | undefined) =>
  node?.status === 'running' || node?.status === 'retrying' || node?.status === 'paused';

/** Called once the node itself was taken in; `before` is what it was. */
export function takePass(draft: Draft, { type, node, at, data }: RunEvent, before: NodeView | undefined) {
  const path = node ? passOf(node) : null;
  const container = path === null ? undefined : draft.nodes[holderOf(path)];
  if (!node || path === null || !container) return;
  const old = draft.passes[path];
  const pass = old ?? { holder: holderOf(path), number: numberOf(path), startedAt: at, at, active: 0, failed: false };
  const active = pass.active + Number(isActive(draft.nodes[node])) - Number(isActive(before));
  const failed = pass.failed || (type === 'node.failed' && data.handled === 'stop');
  draft.passes[path] = { ...pass, at, active, failed };
  const { begun, done, failed: lost } = container.passes ?? { begun: 0, done: 0, failed: 0 };
  const passes = {
    begun: begun + (old ? 0 : 1),
    done: done + Number(active === 0) - Number(old?.active === 0),
    failed: lost + Number(failed) - Number(pass.failed),
  };
  draft.nodes[pass.holder] = { ...container, passes };
}

const numberOf = (path: string) => Number(path.slice(path.lastIndexOf('/') + 1));

/** A container that is tried again begins with its first pass. */
export function dropInside(draft: Draft, container: string) {
  for (const map of [draft.nodes, draft.passes]) {
    for (const path of Object.keys(map)) if (path.startsWith(`${container}/`)) delete map[path];
  }
}

/** The run is over: nothing in any pass goes on. */
export function passesEnd(draft: Draft, at: number) {
  for (const [path, pass] of Object.entries(draft.passes)) {
    if (pass.active) draft.passes[path] = { ...pass, active: 0, at };
  }
}
