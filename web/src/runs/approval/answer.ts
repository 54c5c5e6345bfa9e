/** From the fields of a form that a node showed to the answer that is sent. Pure. */
import { type Fault, readFields, startTexts, type Texts } from '@/answer/fields';
import type { AskForm, InputField } from '@/api/types';

/** The form's fields as the fields of a run's form, which has the same controls. */
export const fieldsOf = (form: AskForm): InputField[] =>
  (form.fields ?? []).map(({ name, label, type = 'string', required = false, options }) => ({
    name,
    type,
    required,
    label: label || null,
    options: options?.length ? options : null,
  }));

export const startOf = (form: AskForm): Texts => startTexts(fieldsOf(form));

export interface Answer {
  choice: string;
  comment: string;
  fields: Record<string, unknown>;
}

export function answerOf(
  form: AskForm,
  choice: string,
  comment: string,
  texts: Texts,
): { answer: Answer; faults: Record<string, Fault> } {
  const { values, faults } = readFields(fieldsOf(form), texts);
  return { answer: { choice, comment: comment.trim(), fields: values }, faults };
}

const FIELD = '/answer/fields/';

/** The field that an error of the server is about. */
export const fieldAt = (pointer: string | null): string | null =>
  pointer?.startsWith(FIELD) ? pointer.slice(FIELD.length) : null;
