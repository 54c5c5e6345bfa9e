/** What an edge hands over, for the editor of its mapping. Pure. */
import type { NodePorts } from '@/api/types';
import { implicit } from '../graph/connect';
import { type DocEdge, outputNamed } from '../graph/document';
import { assignable, type TypeTable } from '../graph/types';

export type Pair = readonly [output: string, input: string];

export type Handing =
  | { kind: 'mapped'; pairs: readonly Pair[] }
  | { kind: 'automatic'; pair: Pair }
  /** Nothing is handed over: only the order counts. `taken`: because another edge gives that input its value. */
  | { kind: 'order'; taken: boolean };

export function handing(
  edge: DocEdge,
  source: NodePorts,
  target: NodePorts,
  others: readonly DocEdge[],
  table: TypeTable,
): Handing {
  const pairs = Object.entries(edge.data?.mapping ?? {});
  if (pairs.length) return { kind: 'mapped', pairs };
  const [pair] = Object.entries(implicit(edge, source, target, table));
  if (!pair) return { kind: 'order', taken: false };
  const taken = others.some((one) => one.id !== edge.id && Object.values(one.data?.mapping ?? {}).includes(pair[1]));
  return taken ? { kind: 'order', taken } : { kind: 'automatic', pair };
}

/** The next pair to offer: an output that is not used yet and an input that takes it. Null where there is none. */
export function nextPair(
  pairs: readonly Pair[],
  source: NodePorts,
  target: NodePorts,
  open: boolean,
  table: TypeTable,
): Pair | null {
  const usedOutputs = new Set(pairs.map(([output]) => outputNamed(source, output)?.name ?? output));
  const usedInputs = new Set(pairs.map(([, input]) => input));
  for (const output of source.outputs) {
    if (usedOutputs.has(output.name)) continue;
    const input = target.inputs.find((one) => !usedInputs.has(one.name) && assignable(output.type, one.type, table));
    if (input) return [output.name, input.name];
    if (open && !usedInputs.has(output.name)) return [output.name, output.name];
  }
  return null;
}
