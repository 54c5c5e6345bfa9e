/** Nodes of which variants are worth comparing: those whose form asks for a model or a prompt. Pure. */
import type { NodeType } from '@/api/types';
import { type FieldSpec, fieldsOf, type Schema } from './form/schema';

const TUNED: ReadonlySet<string> = new Set(['model', 'prompt']);

export const tunedFields = (schema: Schema): FieldSpec[] =>
  fieldsOf(schema, schema).filter((field) => TUNED.has(field.widget));

export const isTunable = (type: NodeType | undefined): boolean =>
  type !== undefined && tunedFields(type.schema as Schema).length > 0;
