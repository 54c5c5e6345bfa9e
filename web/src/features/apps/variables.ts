/** Variables of a conversation as a form holds them: defaults are texts until they are saved. Pure. */
import type { ConversationVariable } from '@/api/types';

export const TYPES = ['string', 'number', 'boolean', 'list', 'object', 'any'] as const;

export interface Row {
  key: number;
  name: string;
  type: string;
  text: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export const toRow = ({ name, type = 'string', default: value }: ConversationVariable, key: number): Row => ({
  key,
  name,
  type,
  text: value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
});

export const namesFit = (rows: readonly Row[]): boolean =>
  rows.every(({ name }) => NAME.test(name)) && new Set(rows.map(({ name }) => name)).size === rows.length;

/** Undefined where the default is nothing of the type. */
export function toVariable({ name, type, text }: Row): ConversationVariable | undefined {
  if (text.trim() === '') return { name, type };
  if (type === 'string') return { name, type, default: text };
  try {
    const value: unknown = JSON.parse(text);
    return fits(value, type) ? { name, type, default: value } : undefined;
  } catch {
    return type === 'any' ? { name, type, default: text } : undefined;
  }
}

function fits(value: unknown, type: string): boolean {
  if (type === 'number' || type === 'boolean') return typeof value === type;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return type === 'list' || type.startsWith('array') ? Array.isArray(value) : true;
}
