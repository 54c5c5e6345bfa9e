/** Nodes of which variants are worth comparing: those whose form asks for a model or a prompt. Pure. */
import type { NodeType } from '@/api/types';
import { fieldsOf, type Schema } from './form/schema';

const TUNED: ReadonlySet<string> = new Set(['model', 'prompt']);

export function isTunable(type: NodeType | undefined): boolean {
  const schema = type?.schema as Schema | undefined;
  return fieldsOf(schema, schema ?? {}).some((field) => TUNED.has(field.widget));
}
