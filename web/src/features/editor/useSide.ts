/** Into the panel and back: Enter on a node goes to its first setting, Esc to the node. On a phone the panel covers the
 * outline, so there it opens only when it is asked for. */
import { useCallback, useRef, useState } from 'react';
import { useEditor } from '@/canvas/graph/store';
import { focusCard } from '@/canvas/view/commands';
import { useMedia } from '@/canvas/view/useMedia';

const SETTING = '[data-field]:not([data-field^="/@"])';
const CONTROLS = ['[contenteditable="true"]', 'input', 'textarea', '[role="combobox"]', '[role="switch"]', 'button'];
/** The panel's code may still be on its way. */
const FRAMES = 60;

function focusFirst(panel: HTMLElement | null, frames = FRAMES) {
  const control =
    panel?.querySelector<HTMLElement>(CONTROLS.map((one) => `${SETTING} ${one}`).join()) ??
    (frames > 0 ? null : panel?.querySelector<HTMLElement>('input, button'));
  if (control) control.focus();
  else if (frames > 0) requestAnimationFrame(() => focusFirst(panel, frames - 1));
}

export function useSide() {
  const narrow = useMedia('(width < 40rem)');
  const [asked, setAsked] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const open = useCallback(() => {
    setAsked(true);
    requestAnimationFrame(() => focusFirst(ref.current));
  }, []);
  const close = useCallback(() => {
    setAsked(false);
    if (!narrow) useEditor.getState().select({});
  }, [narrow]);
  const leave = useCallback(() => {
    const [node] = useEditor.getState().selection.nodes;
    if (narrow) close();
    if (!node) return close();
    const row = document.querySelector<HTMLElement>(`[data-outline="${CSS.escape(node)}"]`);
    if (row) row.focus();
    else focusCard(node);
  }, [narrow, close]);
  return { ref, shown: asked || !narrow, open, close, leave };
}
