/** Names of nodes and of port types, as the canvas shows them. */
import { useMemo } from 'react';
import type { GraphNode } from '@/api/types';
import { useText } from '@/i18n';
import { useEditor } from '../graph/store';
import { typeName } from '../view/portType';
import { useWords } from '../view/words';

/** What a node is called: its title, else its type's name; the type's own spelling where it is unknown. */
export function useNodeTitle(): (node: GraphNode) => string {
  const text = useText();
  const types = useEditor((state) => state.types);
  return useMemo(() => (node) => node.title || text(types.get(node.type)?.label) || node.type, [types, text]);
}

export function useTypeName(): (type: string) => string {
  const t = useWords();
  return useMemo(() => (type) => typeName(t, type), [t]);
}
