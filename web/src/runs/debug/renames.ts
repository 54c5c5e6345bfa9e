/** Breakpoints, pins and tried nodes follow a node that is called otherwise, back too when that is undone. */
import { editBetween, renamedNodes } from '@/canvas/graph/renamed';
import { useEditor } from '@/canvas/graph/store';
import { useDebug } from './store';
import { useTried } from './tried';

/** Until the function that it returns is called. */
export const followRenames = () =>
  useEditor.subscribe((state, before) => {
    if (state.whole === before.whole || state.appId !== before.appId) return;
    if (editBetween(before.history, state.history)?.name !== 'edit_rename') return;
    for (const [from, to] of renamedNodes(before.whole, state.whole)) {
      useDebug.getState().rename(from, to);
      useTried.getState().rename(from, to);
    }
  });
