/** What a trigger gives to its app, as texts in a form: fixed values, or templates over what happened. Pure. */
import { type Fault, kindOf, readFields, startTexts, type Texts, textsOf } from '@/answer/fields';
import type { InputField, TriggerKind } from '@/api/types';

export type Inputs = Record<string, unknown>;

/** What is offered for templates, out of what the server gives them. */
export const PARTS: Record<TriggerKind, string[]> = {
  schedule: ['{{ date }}', '{{ due }}'],
  webhook: ['{{ body }}', '{{ body.name }}', '{{ query.name }}'],
};

export const isTemplate = (text: string) => /\{\{|\{%|\{#/.test(text);

/** Where a control has no room for text: there one asks for a template first. */
export const isChosen = (field: InputField) => ['boolean', 'select'].includes(kindOf(field));

/** Each input out of the field of the body with its name. */
const fromBody = (fields: InputField[]): Texts =>
  Object.fromEntries(fields.map(({ name }) => [name, `{{ body.${name} }}`]));

/** The form of a trigger with these inputs. What it leaves out is as the app has it; a webhook without any begins by name. */
export function firstTexts(kind: TriggerKind, fields: InputField[], inputs: Inputs): Texts {
  const given = fields.filter(({ name }) => name in inputs);
  if (kind === 'webhook' && !given.length) return fromBody(fields);
  return { ...startTexts(fields), ...textsOf(given, inputs) };
}

/** The inputs to keep, or what is wrong with which field. A template is kept as it is: only the server can read it. */
export function readInputs(fields: InputField[], texts: Texts): { values: Inputs; faults: Record<string, Fault> } {
  const templates = fields.filter(({ name }) => isTemplate(texts[name] ?? ''));
  const { values, faults } = readFields(
    fields.filter((field) => !templates.includes(field)),
    texts,
  );
  for (const { name } of templates) values[name] = texts[name];
  return { values, faults };
}

/** Something for each input that the server would take, to begin a message with. */
function exampleBody(fields: InputField[]): Inputs {
  return Object.fromEntries(fields.map((field) => [field.name, exampleOf(field)]));
}

function exampleOf(field: InputField): unknown {
  if (field.default !== undefined && field.default !== null && field.default !== '') return field.default;
  switch (kindOf(field)) {
    case 'select':
      return field.options?.[0];
    case 'number':
      return 1;
    case 'boolean':
      return true;
    case 'list':
      return ['…'];
    case 'json':
      return field.type.startsWith('array') ? [] : {};
    default:
      return '…';
  }
}

const NAME = /\bbody\.(\w+)/g;

/** A message to begin with: the fields that this trigger reads, each with something that the app would take. */
export function bodyFor(fields: InputField[], inputs: Inputs): Inputs {
  const read = [...JSON.stringify(inputs).matchAll(NAME)].map((match) => match[1] ?? '');
  if (!Object.keys(inputs).length) return exampleBody(fields);
  return Object.fromEntries(read.map((name) => [name, exampleBody(fields)[name] ?? '…']));
}
