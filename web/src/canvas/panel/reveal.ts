/** Brings people to a field: what is folded around it opens (see `Fold`), then its first control gets the focus. */
import { type RefObject, useEffect } from 'react';
import type { Reveal } from './form/context';

const CONTROLS = '[contenteditable="true"], input, textarea, [role="combobox"], [role="switch"], button';
/** Folds inside folds open one after the other. */
const FRAMES = 6;

export function useReveal(root: RefObject<HTMLElement | null>, reveal: Reveal | null) {
  useEffect(() => {
    if (!reveal) return;
    let left = FRAMES;
    let frame = 0;
    const look = () => {
      const exact = fieldAt(root.current, reveal.pointer);
      if (!exact && left-- > 0) {
        frame = requestAnimationFrame(look);
        return;
      }
      const field = exact ?? nearest(root.current, reveal.pointer);
      field?.scrollIntoView({ block: 'center' });
      field?.querySelector<HTMLElement>(CONTROLS)?.focus();
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [root, reveal]);
}

function fieldAt(root: HTMLElement | null, pointer: string): HTMLElement | undefined {
  const all = root?.querySelectorAll<HTMLElement>('[data-field]') ?? [];
  return [...all].find((field) => field.dataset.field === pointer);
}

/** The innermost field around a pointer that is drawn. */
function nearest(root: HTMLElement | null, pointer: string): HTMLElement | null {
  for (let path = pointer; path; path = path.slice(0, path.lastIndexOf('/'))) {
    const found = fieldAt(root, path);
    if (found) return found;
  }
  return null;
}
