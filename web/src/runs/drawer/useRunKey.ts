import { useCallback, useEffect, useRef, useState } from 'react';

interface Options {
  /** The form that starts a run. */
  formId: string;
  /** The form is there to be sent. */
  ready: boolean;
  going: boolean;
  /** Brings the form into view. */
  show(): void;
}

/** Sends the form from wherever one is, by the button or Ctrl Enter; a closed drawer opens for it first. */
export function useRunKey({ formId, ready, going, show }: Options): () => void {
  const [wanted, setWanted] = useState(false);
  const submit = useCallback(() => {
    if (going) return;
    show();
    setWanted(true);
  }, [going, show]);
  useEffect(() => {
    if (!wanted || !ready) return;
    setWanted(false);
    (document.getElementById(formId) as HTMLFormElement | null)?.requestSubmit();
  }, [wanted, ready, formId]);
  const latest = useRef(submit);
  latest.current = submit;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      // The form itself and dialogs answer to the same keys.
      if (event.defaultPrevented || document.querySelector('[role=dialog]')) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  return submit;
}
