/** Why a line may not be drawn, in a sentence; and what could go between. Pure. */
import type { NodeType } from '@/api/types';
import type { Refusal } from '../graph/connect';
import { assignable, normal, type TypeTable } from '../graph/types';
import { typeName } from './portType';
import type { Word } from './words';

type Say = (key: Word, values?: Record<string, string | number>) => string;

const SENTENCES = { self: 'refuseSelf', cycle: 'refuseCycle', duplicate: 'refuseDuplicate' } as const;

export function refusalText(t: Say, refusal: Refusal): string {
  if (refusal.why !== 'type') return t(SENTENCES[refusal.why]);
  return t('refuseType', { from: typeName(t, refusal.from ?? 'any'), into: typeName(t, refusal.into ?? 'any') });
}

/** Node types that take one type and give the other: the plainest first. */
export function bridges(types: Iterable<NodeType>, table: TypeTable, from: string, into: string): NodeType[] {
  // What only rewrites comes before what calls out; what gives exactly this before what may give anything.
  const effort = (type: NodeType) =>
    Number(type.plugin) * 8 +
    Number(type.category !== 'code') * 2 +
    Number(type.side_effects) * 4 +
    Number(type.streams) * 2 +
    Number(normal(type.outputs[0]?.type ?? '') !== normal(into));
  return [...types]
    .filter((type) => {
      const [input, output] = [type.inputs[0], type.outputs[0]];
      // What steers the flow turns nothing into anything, whatever its ports say.
      if (!input || !output || type.result || type.category === 'logic') return false;
      return assignable(from, input.type, table) && assignable(output.type, into, table);
    })
    .sort((a, b) => effort(a) - effort(b));
}
