/** What the view does when the canvas's size changes, because a panel or a drawer opens beside it. */
import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useEffect } from 'react';
import { useEditor } from '../graph/store';
import type { Commands } from './commands';
import { wholeGraph } from './whole';

/** Until something is selected or the view is moved by hand, the whole graph stays in view. Afterwards nothing jumps:
 * the middle stays in the middle from top to bottom, and the selected node comes back where it would be covered. */
export function useResize(commands: Commands) {
  const flow = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    let fitted = true;
    const release = () => {
      fitted = false;
    };
    const surface = store.getState().domNode;
    surface?.addEventListener('wheel', release, { passive: true });
    surface?.addEventListener('pointerdown', release);
    const stop = store.subscribe((now, before) => {
      if ((now.width === before.width && now.height === before.height) || !before.width || !now.width) return;
      const { selection, doc } = useEditor.getState();
      if (!doc.nodes.length) return;
      const [selected] = selection.nodes;
      const all = fitted && !selected && wholeGraph(now.width, now.height);
      if (all) {
        void flow.setViewport(all);
        return;
      }
      const { x, y, zoom } = flow.getViewport();
      if (now.height !== before.height) {
        void flow.setViewport({ x, y: y + (now.height - before.height) / 2, zoom });
      }
      if (selected) commands.show(selected);
    });
    return () => {
      stop();
      surface?.removeEventListener('wheel', release);
      surface?.removeEventListener('pointerdown', release);
    };
  }, [commands, flow, store]);
}
