/** A value as a person edits it: a text as it is, everything else as JSON. Pure. */

export type Form = 'text' | 'json';

export const formOf = (value: unknown): Form => (typeof value === 'string' ? 'text' : 'json');

export function written(value: unknown, form: Form): string {
  if (form === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
  return JSON.stringify(value ?? null, null, 2);
}

export type Read = { value: unknown } | { fault: 'notJson' };

export function read(text: string, form: Form): Read {
  if (form === 'text') return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'notJson' };
  }
}
