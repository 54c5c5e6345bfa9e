/** Short readings of a folded run. Pure. */
import type { Usage } from '@/api/types';
import type { NodeView, RunView } from './fold';
import { isInside } from './paths';

export interface Answer {
  node: string;
  text: string;
}

const byStart = ([, a]: [string, NodeView], [, b]: [string, NodeView]) => (a.startedAt ?? 0) - (b.startedAt ?? 0);

/** Nodes in the order in which they began; those that never did come last, as they were skipped. */
export function inOrder(view: RunView): [string, NodeView][] {
  const all = Object.entries(view.nodes);
  return [
    ...all.filter(([, node]) => node.startedAt !== null).sort(byStart),
    ...all.filter(([, node]) => node.startedAt === null),
  ];
}

/** Text that streamed as part of the answer, in the order in which its nodes began. */
export const answersOf = (view: RunView): Answer[] =>
  inOrder(view)
    .filter(([, node]) => node.answer && node.text)
    .map(([id, node]) => ({ node: id, text: node.text }));

/** How often it was tried: taking a person's answer in is no other try. */
export const triesOf = ({ attempt, asked }: NodeView): number => attempt - Math.min(asked, Math.max(0, attempt - 1));

export const runningOf = (view: RunView): string[] =>
  inOrder(view)
    .filter(([, node]) => node.status === 'running' || node.status === 'retrying')
    .map(([id]) => id);

/** How many nodes of the graph itself are settled. */
export const doneOf = (view: RunView): number =>
  Object.entries(view.nodes).filter(
    ([path, { endedAt, status }]) => endedAt !== null && status !== 'cancelled' && !isInside(path),
  ).length;

export function usageOf(view: RunView): Required<Usage> {
  const total = { input: 0, output: 0, micros: 0 };
  for (const { usage } of Object.values(view.nodes)) {
    total.input += usage?.input ?? 0;
    total.output += usage?.output ?? 0;
    total.micros += usage?.micros ?? 0;
  }
  return total;
}
