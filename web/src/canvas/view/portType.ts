/** How a port's type looks and what it is called. */
import { normal } from '../graph/types';
import { isWord, type Word } from './words';

export type Shape = 'value' | 'list' | 'file';

const HUES: Readonly<Record<string, string>> = {
  string: 'var(--c-model)',
  number: 'var(--c-tool)',
  boolean: 'var(--c-tool)',
  object: 'var(--c-logic)',
  file: 'var(--c-knowledge)',
};

const innerOf = (type: string) => /^array\[(.+)\]$/.exec(type)?.[1];

export function shapeOf(type: string): Shape {
  const name = normal(type);
  return innerOf(name) ? 'list' : name === 'file' ? 'file' : 'value';
}

/** Lists take the hue of what they hold. */
export function hueOfType(type: string | null): string {
  if (type === null) return 'var(--line-strong)';
  let name = normal(type);
  for (let inner = innerOf(name); inner; inner = innerOf(name)) name = inner;
  return HUES[name] ?? 'var(--line-strong)';
}

/** "text", "list of files". */
export function typeName(t: (key: Word, values?: Record<string, string>) => string, type: string): string {
  const name = normal(type);
  const inner = innerOf(name);
  if (inner === 'any') return t('type_list');
  if (inner) {
    const many = `many_${inner}`;
    return t('type_list_of', { type: isWord(many) ? t(many) : typeName(t, inner) });
  }
  const key = `type_${name}`;
  return isWord(key) ? t(key) : type;
}
