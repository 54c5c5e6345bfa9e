/** The catalogue for people: by category, found by its names in both languages. Pure. */
import type { NodeType } from '@/api/types';

const ORDER = ['io', 'model', 'knowledge', 'logic', 'code', 'tool', 'human', 'plugin'];

const rank = (category: string) => {
  const place = ORDER.indexOf(category);
  return place < 0 ? ORDER.length : place;
};

export function byCategory(types: Iterable<NodeType>): [category: string, types: NodeType[]][] {
  const groups = new Map<string, NodeType[]>();
  for (const type of types) {
    const group = groups.get(type.category);
    if (group) group.push(type);
    else groups.set(type.category, [type]);
  }
  return [...groups].sort(([a], [b]) => rank(a) - rank(b));
}

const bothLanguages = (text: NodeType['label']) => (typeof text === 'string' ? text : `${text.en} ${text.zh ?? ''}`);

/** Types that have every word of the query in a name, a description or the type; names first. */
export function searched(types: Iterable<NodeType>, query: string): NodeType[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [...types];
  const found: { type: NodeType; named: boolean }[] = [];
  for (const type of types) {
    const name = `${bothLanguages(type.label)} ${type.type}`.toLowerCase();
    const all = `${name} ${bothLanguages(type.description)}`.toLowerCase();
    if (words.every((word) => all.includes(word)))
      found.push({ type, named: words.every((word) => name.includes(word)) });
  }
  return found.sort((a, b) => Number(b.named) - Number(a.named)).map(({ type }) => type);
}
