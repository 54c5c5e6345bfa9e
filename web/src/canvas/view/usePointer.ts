import { useReactFlow } from '@xyflow/react';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { Point } from '../graph/document';

/** Where the pointer is on the drawing, in the graph's own units; null where it is elsewhere. Read when it is needed. */
export function usePointer(root: RefObject<HTMLElement | null>): () => Point | null {
  const flow = useReactFlow();
  const last = useRef<Point | null>(null);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const move = (event: PointerEvent) => {
      const inside = event.target instanceof Element && event.target.closest('.canvas');
      last.current = inside ? { x: event.clientX, y: event.clientY } : null;
    };
    const leave = () => {
      last.current = null;
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerleave', leave);
    return () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerleave', leave);
    };
  }, [root]);
  return useCallback(() => last.current && flow.screenToFlowPosition(last.current), [flow]);
}
