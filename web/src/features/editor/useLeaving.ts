/** Ctrl S saves at once; whoever leaves the page with something unsaved is asked, and it is saved meanwhile. */
import { useEffect } from 'react';
import { useSaving } from './saving';

export function useLeaving(save: () => Promise<boolean>) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      void save();
    };
    const onLeave = (event: BeforeUnloadEvent) => {
      void save();
      if (useSaving.getState().status !== 'saved') event.preventDefault();
    };
    const onHide = () => document.visibilityState === 'hidden' && void save();
    addEventListener('keydown', onKeyDown);
    addEventListener('beforeunload', onLeave);
    document.addEventListener('visibilitychange', onHide);
    return () => {
      removeEventListener('keydown', onKeyDown);
      removeEventListener('beforeunload', onLeave);
      document.removeEventListener('visibilitychange', onHide);
    };
  }, [save]);
}
