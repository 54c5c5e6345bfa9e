/** The debugger's keys, as other debuggers have them. They work from anywhere on the page but a dialog. */
import { useEffect, useRef } from 'react';
import type { Mode } from './goOn';

const MODES: Readonly<Record<string, Mode>> = {
  F5: 'go',
  F10: 'step',
  F11: 'step',
  'Shift+F10': 'over',
  'Shift+F11': 'out',
};

interface Acts {
  go(mode: Mode): void;
  runTo(): void;
  stop(): void;
}

export function useDebugKeys(acts: Acts) {
  useKeys((chord) => {
    const mode = MODES[chord];
    if (mode) acts.go(mode);
    else if (chord === 'Shift+F5') acts.stop();
    else if (chord === 'Mod+Shift+Enter') acts.runTo();
    else return false;
    return true;
  });
}

/** Keys while a run is under way: F6 pauses, Shift F5 stops. */
export function useRunningKeys(going: boolean, pause: () => void, stop: () => void) {
  useKeys((chord) => {
    if (!going) return false;
    if (chord === 'F6') pause();
    else if (chord === 'Shift+F5') stop();
    else return false;
    return true;
  });
}

/** Gives pressed keys to `take` until it leaves; true means that the browser shall not act on them. */
export function useKeys(take: (chord: string) => boolean) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('[role=dialog]')) return;
      const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
      if (altKey) return;
      const chord = [(ctrlKey || metaKey) && 'Mod', shiftKey && 'Shift', key].filter(Boolean).join('+');
      // Held down, a key would step through everything.
      if (event.repeat ? isOurs(chord) : latest.current(chord)) event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

const isOurs = (chord: string) => /F(5|6|10|11)$/.test(chord);
