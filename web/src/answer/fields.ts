/** The form that starts a run: from the app's declared inputs to texts in controls and back to values. Pure. */
import type { InputField } from '@/api/types';

export type Texts = Record<string, string>;
export type Fault = 'fieldRequired' | 'notNumber' | 'notJson' | 'notObject';

export type Kind = 'line' | 'paragraph' | 'number' | 'boolean' | 'select' | 'list' | 'json';

const KINDS: Record<string, Kind> = {
  string: 'line',
  text: 'line',
  paragraph: 'paragraph',
  number: 'number',
  boolean: 'boolean',
  select: 'select',
  list: 'list',
};

export function kindOf(field: InputField): Kind {
  if (field.options?.length) return 'select';
  return KINDS[field.type] ?? (field.type.startsWith('array[string') ? 'list' : 'json');
}

function show(value: unknown, kind: Kind): string {
  if (value === undefined || value === null) return kind === 'boolean' ? 'false' : '';
  if (kind === 'list' && Array.isArray(value)) return value.map(String).join('\n');
  return typeof value === 'string' ? value : JSON.stringify(value, null, kind === 'json' ? 2 : undefined);
}

export function startTexts(fields: InputField[]): Texts {
  return Object.fromEntries(fields.map((field) => [field.name, show(field.default, kindOf(field))]));
}

/** Values as the form's controls show them: to fill it with what a past run was given. */
export function textsOf(fields: InputField[], values: Readonly<Record<string, unknown>>): Texts {
  return Object.fromEntries(fields.map((field) => [field.name, show(values[field.name], kindOf(field))]));
}

function parse(text: string, kind: Kind): { value: unknown } | { fault: Fault } {
  if (kind === 'number') {
    const value = Number(text);
    return Number.isFinite(value) ? { value } : { fault: 'notNumber' };
  }
  if (kind === 'boolean') return { value: text === 'true' };
  if (kind === 'list')
    return {
      value: text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    };
  if (kind !== 'json') return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'notJson' };
  }
}

/** The values to send, or what is wrong with which field. Empty fields that need not be filled are left out. */
export function readFields(fields: InputField[], texts: Texts) {
  const values: Record<string, unknown> = {};
  const faults: Record<string, Fault> = {};
  for (const field of fields) {
    const kind = kindOf(field);
    const text = (texts[field.name] ?? '').trim();
    if (!text) {
      if (field.required) faults[field.name] = 'fieldRequired';
      continue;
    }
    const parsed = parse(text, kind);
    if ('fault' in parsed) faults[field.name] = parsed.fault;
    else if (field.type === 'object' && (typeof parsed.value !== 'object' || Array.isArray(parsed.value))) {
      faults[field.name] = 'notObject';
    } else values[field.name] = parsed.value;
  }
  return { values, faults };
}
