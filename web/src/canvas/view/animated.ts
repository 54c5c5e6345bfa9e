/** Which running nodes may move on the screen: a few at most, or off-screen repaints eat the frame. */
import type { RunView } from '@/runs/fold';

const MOST = 8;
const chosen = new WeakMap<RunView, ReadonlySet<string>>();

export function isAnimated(view: RunView | null, node: string): boolean {
  if (!view) return false;
  let few = chosen.get(view);
  if (!few) {
    const running: string[] = [];
    for (const id in view.nodes) {
      const status = view.nodes[id]?.status;
      if (status === 'running' || status === 'retrying') running.push(id);
      if (running.length === MOST) break;
    }
    few = new Set(running);
    chosen.set(view, few);
  }
  return few.has(node);
}
