/** What the open draft has of nodes, for what refers to them. */
import type { NodeType } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { allNodes, nodeAt } from '../inner';

/** Whether the draft has a node at a path without numbers of passes. */
export function isKnown(path: string): boolean {
  const { doc, types } = useEditor.getState();
  return nodeAt(doc.nodes, path, types) !== undefined;
}

/** Every node of the draft, those inside of containers too. */
export function useDraftNodes() {
  const nodes = useEditor((state) => state.doc.nodes);
  const types: ReadonlyMap<string, NodeType> = useEditor((state) => state.types);
  return allNodes(nodes, types);
}
