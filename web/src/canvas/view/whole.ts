/** The view of everything: all of the graph, or its beginning where even from the farthest it does not fit. */
import { getViewportForBounds, type Rect, type Viewport } from '@xyflow/react';
import { nodePorts, useEditor } from '../graph/store';
import { around, boxOf } from './place';

/** Room for the toolbar above and the zoom bar below. */
export const FIT = { padding: { top: '72px', bottom: '64px', left: '40px', right: '40px' }, maxZoom: 1 } as const;
export const MIN_ZOOM = 0.02;

/** None where there is nothing to see. `width` and `height` of the canvas, in pixels. */
export function wholeGraph(width: number, height: number): Viewport | null {
  const state = useEditor.getState();
  const bounds = around(state.doc.nodes.map((node) => boxOf(node, nodePorts(state, node.id))));
  return bounds && width ? fitted(bounds, width, height) : null;
}

/** So that all of it is seen, no larger than life. */
export function fitted(bounds: Rect, width: number, height: number): Viewport {
  const view = getViewportForBounds(bounds, width, height, MIN_ZOOM, FIT.maxZoom, FIT.padding);
  const free = { x: width - 80, y: height - 136 };
  // The middle of a graph that is too large may be empty; its beginning is not.
  if (bounds.width * view.zoom > free.x) view.x = 40 - bounds.x * view.zoom;
  if (bounds.height * view.zoom > free.y) view.y = 72 - bounds.y * view.zoom;
  return view;
}
