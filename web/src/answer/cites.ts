/** Turns `[1]` in the text of an answer into links that the page draws as chips. A remark plugin. */

interface Node {
  type: string;
  value?: string;
  url?: string;
  children?: Node[];
}

const CITE = /[[【](\d{1,3}(?:\s*[,，、]\s*\d{1,3})*)[\]】]/g;
export const CITE_HREF = '#cite-';

function pieces(text: string, known: ReadonlySet<number>): Node[] | null {
  const out: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(CITE)) {
    const numbers = (match[1] ?? '').split(/\s*[,，、]\s*/).map(Number);
    // Brackets around other numbers are just brackets.
    if (!numbers.every((number) => known.has(number))) continue;
    if (match.index > from) out.push({ type: 'text', value: text.slice(from, match.index) });
    for (const number of numbers) {
      out.push({ type: 'link', url: `${CITE_HREF}${number}`, children: [{ type: 'text', value: String(number) }] });
    }
    from = match.index + match[0].length;
  }
  if (!out.length) return null;
  if (from < text.length) out.push({ type: 'text', value: text.slice(from) });
  return out;
}

const UNTOUCHED = new Set(['link', 'linkReference', 'inlineCode', 'code']);

export function remarkCites(known: ReadonlySet<number>) {
  const walk = (node: Node) => {
    if (!node.children || UNTOUCHED.has(node.type)) return;
    node.children = node.children.flatMap((child) => {
      if (child.type === 'text') return pieces(child.value ?? '', known) ?? [child];
      walk(child);
      return [child];
    });
  };
  return () => (tree: Node) => walk(tree);
}
