/** What drawing a line from one port to another means for the graph, or why it may not be drawn. Pure. */
import type { NodePorts } from '@/api/types';
import { type Doc, type DocEdge, parseHandle } from './document';
import { assignable, type TypeTable } from './types';

export interface Ends {
  source: string;
  sourceHandle: string | null;
  target: string;
  targetHandle: string | null;
}

export interface Refusal {
  why: 'self' | 'cycle' | 'type' | 'duplicate';
  /** Types that do not fit, for `type`. */
  from?: string;
  into?: string;
}

/** The edge to write: a new one, or `replaces` with its mapping grown. */
export interface Connection {
  edge: Omit<DocEdge, 'id'>;
  replaces?: string;
}

export interface Surroundings {
  portsOf(id: string): NodePorts;
  table: TypeTable;
}

/** The primary output goes to the primary input by an edge without a mapping, as files write it; others are mapped. */
export function connection(doc: Doc, ends: Ends, around: Surroundings): Connection | Refusal {
  const { source, target } = ends;
  if (source === target) return { why: 'self' };
  if (reaches(doc, target, source)) return { why: 'cycle' };
  const from = parseHandle(ends.sourceHandle);
  const into = parseHandle(ends.targetHandle);
  const given = around.portsOf(source);
  const taken = around.portsOf(target);
  const output = from.kind === 'out' ? given.outputs.find((port) => port.name === from.name) : undefined;
  const handle = from.kind === 'branch' ? from.name : null;
  const input =
    into.kind === 'in'
      ? taken.inputs.find((port) => port.name === into.name)
      : output && taken.inputs.find((port) => assignable(output.type, port.type, around.table));
  if (output && into.kind === 'in' && input && !assignable(output.type, input.type, around.table)) {
    return { why: 'type', from: output.type, into: input.type };
  }
  const known = doc.edges.find(
    (edge) => edge.source === source && edge.target === target && (edge.source_handle ?? null) === handle,
  );
  const primary = !output || !input || (output === given.outputs[0] && input === taken.inputs[0]);
  if (!known) {
    const mapping = primary ? undefined : { [output.name]: input.name };
    return {
      edge: { source, target, ...(handle ? { source_handle: handle } : {}), ...(mapping && { data: { mapping } }) },
    };
  }
  if (!output || !input) return { why: 'duplicate' };
  const before = known.data?.mapping ?? {};
  const implied = implicit(known, given, taken, around.table);
  const mapping = { ...(Object.keys(before).length ? before : implied), [output.name]: input.name };
  if (before[output.name] === input.name || (!Object.keys(before).length && implied[output.name] === input.name)) {
    return { why: 'duplicate' };
  }
  const { id, ...rest } = known;
  return { edge: { ...rest, data: { ...known.data, mapping } }, replaces: id };
}

/** What an edge without a mapping binds: primary to primary, where the types fit. */
export function implicit(
  edge: { source_handle?: string | null },
  source: NodePorts,
  target: NodePorts,
  table: TypeTable,
): Record<string, string> {
  const [output] = source.outputs;
  const [input] = target.inputs;
  if (!output || !input || edge.source_handle === 'error' || !assignable(output.type, input.type, table)) return {};
  return { [output.name]: input.name };
}

/** Is there a way along the edges from `start` to `end`? */
export function reaches(doc: Doc, start: string, end: string): boolean {
  const following = new Map<string, string[]>();
  for (const edge of doc.edges) {
    const list = following.get(edge.source);
    if (list) list.push(edge.target);
    else following.set(edge.source, [edge.target]);
  }
  const seen = new Set([start]);
  const queue = [start];
  for (const node of queue) {
    if (node === end) return true;
    for (const next of following.get(node) ?? []) {
      if (!seen.has(next)) {
        seen.add(next);
        queue.push(next);
      }
    }
  }
  return false;
}
