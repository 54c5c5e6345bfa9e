/** Port types and which may go into which, by the server's own table. */
import type { NodeTypes } from '@/api/types';

export type TypeTable = ReadonlyMap<string, ReadonlySet<string>>;

export function typeTable(types: NodeTypes): TypeTable {
  return new Map(types.types_table.map((row) => [row.type, new Set(row.into)]));
}

/** The canonical spelling: `list` is `array[any]`. */
export function normal(type: string): string {
  const name = type.trim().toLowerCase();
  if (name === 'list' || name === 'array') return 'array[any]';
  const inner = /^array\[(.+)\]$/.exec(name)?.[1];
  return inner ? `array[${normal(inner)}]` : name;
}

/** May a value of type `source` go into a port of type `target`? Arrays of arrays fit where their items do. */
export function assignable(source: string, target: string, table: TypeTable): boolean {
  const [from, into] = [normal(source), normal(target)];
  if (from === into || table.get(from)?.has(into)) return true;
  const [inner, outer] = [from, into].map((type) => /^array\[(.+)\]$/.exec(type)?.[1]);
  return Boolean(inner && outer && assignable(inner, outer, table));
}
