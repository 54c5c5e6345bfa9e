/** What xyflow reports of selection and places, written into the document's store. */
import type { EdgeChange, NodeChange } from '@xyflow/react';
import { useMemo } from 'react';
import type { Point } from '../graph/document';
import { useEditor } from '../graph/store';
import type { CardNode, MappedEdge } from './flow';

/** The ids with changes of selection applied; the same array where nothing changed. */
export function chosen(before: readonly string[], changes: readonly { type: string }[]): readonly string[] {
  const now = new Set(before);
  let changed = false;
  for (const change of changes as readonly (NodeChange | EdgeChange)[]) {
    if (change.type !== 'select' || now.has(change.id) === change.selected) continue;
    changed = true;
    if (change.selected) now.add(change.id);
    else now.delete(change.id);
  }
  return changed ? [...now] : before;
}

/** New places by whether the pointer still holds the nodes. */
export function placed(changes: readonly NodeChange<CardNode>[]) {
  const held = new Map<string, Point>();
  const left = new Map<string, Point>();
  for (const change of changes) {
    if (change.type === 'position' && change.position) (change.dragging ? held : left).set(change.id, change.position);
  }
  return { held, left };
}

export function useDocumentChanges() {
  return useMemo(
    () => ({
      onNodesChange: (changes: NodeChange<CardNode>[]) => {
        const state = useEditor.getState();
        const nodes = chosen(state.selection.nodes, changes);
        if (nodes !== state.selection.nodes) state.select({ nodes, edges: state.selection.edges });
        const { held, left } = placed(changes);
        if (held.size) state.drag(held);
        // At the end of a drag, and wherever xyflow moves nodes by itself: one edit, so that undo and saving see it.
        if (left.size) {
          state.move(left);
          if (state.dragged.size) state.drag(new Map());
        }
      },
      onEdgesChange: (changes: EdgeChange<MappedEdge>[]) => {
        const { selection, select } = useEditor.getState();
        const edges = chosen(selection.edges, changes);
        if (edges !== selection.edges) select({ nodes: selection.nodes, edges });
      },
    }),
    [],
  );
}
