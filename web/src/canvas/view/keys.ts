/** The keyboard map: one table for the handler and for the help that `?` opens. Pure. */

export type Action =
  | 'undo'
  | 'redo'
  | 'copy'
  | 'cut'
  | 'paste'
  | 'duplicate'
  | 'selectAll'
  | 'remove'
  | 'add'
  | 'link'
  | 'follow'
  | 'move'
  | 'moveFar'
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'fitAll'
  | 'fitSelection'
  | 'zoomFull'
  | 'zoomIn'
  | 'zoomOut'
  | 'tidy'
  | 'find'
  | 'outline'
  | 'palette'
  | 'help'
  | 'breakpoint'
  | 'run'
  | 'runTo'
  | 'goOn'
  | 'step'
  | 'stepOver'
  | 'stepOut'
  | 'pause'
  | 'stop';

export interface Binding {
  action: Action;
  /** `Mod` is Ctrl, or Command on a Mac. */
  chords: readonly string[];
  /** Only where a node or the surface has the focus: elsewhere these keys have their own meaning. */
  surface?: boolean;
  /** Changes the graph: off where it is only looked at. */
  edits?: boolean;
  /** The browser's own event does it, or the debugger; it is in the table for the help. */
  native?: boolean;
}

export const GROUPS: readonly {
  group: 'keysEdit' | 'keysGo' | 'keysView' | 'keysRun';
  bindings: readonly Binding[];
}[] = [
  {
    group: 'keysEdit',
    bindings: [
      { action: 'add', chords: ['A'], edits: true },
      { action: 'link', chords: ['C'], edits: true },
      { action: 'undo', chords: ['Mod+Z'], edits: true },
      { action: 'redo', chords: ['Mod+Shift+Z', 'Mod+Y'], edits: true },
      { action: 'copy', chords: ['Mod+C'], native: true },
      { action: 'cut', chords: ['Mod+X'], native: true, edits: true },
      { action: 'paste', chords: ['Mod+V'], native: true, edits: true },
      { action: 'duplicate', chords: ['Mod+D'], edits: true },
      { action: 'remove', chords: ['Delete', 'Backspace'], edits: true },
      { action: 'selectAll', chords: ['Mod+A'] },
      { action: 'move', chords: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'], surface: true, edits: true },
      {
        action: 'moveFar',
        chords: ['Shift+ArrowLeft', 'Shift+ArrowRight', 'Shift+ArrowUp', 'Shift+ArrowDown'],
        surface: true,
        edits: true,
      },
      { action: 'tidy', chords: ['Shift+L'], edits: true },
    ],
  },
  {
    group: 'keysGo',
    bindings: [
      { action: 'next', chords: ['Tab'], surface: true },
      { action: 'previous', chords: ['Shift+Tab'], surface: true },
      {
        action: 'follow',
        chords: ['Alt+ArrowLeft', 'Alt+ArrowRight', 'Alt+ArrowUp', 'Alt+ArrowDown'],
        surface: true,
      },
      { action: 'open', chords: ['Enter'], surface: true },
      { action: 'back', chords: ['Escape'] },
      { action: 'find', chords: ['/', 'Mod+F'] },
      { action: 'outline', chords: ['O'] },
    ],
  },
  {
    group: 'keysView',
    bindings: [
      { action: 'fitAll', chords: ['Shift+1'] },
      { action: 'fitSelection', chords: ['Shift+2'] },
      { action: 'zoomFull', chords: ['0'] },
      { action: 'zoomIn', chords: ['+', '='] },
      { action: 'zoomOut', chords: ['-'] },
      { action: 'palette', chords: ['['] },
      { action: 'help', chords: ['?'] },
    ],
  },
  {
    group: 'keysRun',
    bindings: [
      { action: 'run', chords: ['Mod+Enter'], native: true },
      { action: 'runTo', chords: ['Mod+Shift+Enter'], native: true },
      { action: 'breakpoint', chords: ['F9'], edits: true },
      { action: 'goOn', chords: ['F5'], native: true },
      { action: 'step', chords: ['F10', 'F11'], native: true },
      { action: 'stepOver', chords: ['Shift+F10'], native: true },
      { action: 'stepOut', chords: ['Shift+F11'], native: true },
      { action: 'pause', chords: ['F6'], native: true },
      { action: 'stop', chords: ['Shift+F5'], native: true },
    ],
  },
];

const BY_CHORD = new Map(
  GROUPS.flatMap(({ bindings }) => bindings.flatMap((one) => one.chords.map((chord) => [chord, one] as const))),
);

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

/** A key press as the table spells it. Shift counts with letters, digits and named keys; `?` is `?` on every keyboard. */
export function chordOf({ key, code, ctrlKey, metaKey, shiftKey, altKey }: Pressed): string {
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  // Shift and 1 give "!" on one keyboard and something else on the next.
  const name = shiftKey && digit ? digit : key.length === 1 ? key.toUpperCase() : key;
  const shift = shiftKey && (name.length > 1 || /[A-Z0-9]/.test(name));
  return [(ctrlKey || metaKey) && 'Mod', altKey && 'Alt', shift && 'Shift', name].filter(Boolean).join('+');
}

export const bindingOf = (pressed: Pressed): Binding | undefined => BY_CHORD.get(chordOf(pressed));

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Enter: '↵',
  Delete: 'Del',
};

export const isMac = () => /mac|iphone|ipad/i.test(navigator.userAgent);

/** A chord as people read it: `Ctrl Shift Z`, `⌘ ⇧ Z`. */
export function shown(chord: string, mac = isMac()): string {
  const parts = chord === '+' ? ['+'] : chord.split('+');
  const own: Record<string, string> = mac ? { Mod: '⌘', Shift: '⇧', Alt: '⌥' } : { Mod: 'Ctrl' };
  return parts.map((part) => own[part] ?? SIGNS[part] ?? part).join(' ');
}

/** The first chord of an action, for tooltips. */
export function chordFor(action: Action): string {
  for (const { bindings } of GROUPS) {
    const chord = bindings.find((one) => one.action === action)?.chords[0];
    if (chord) return shown(chord);
  }
  return '';
}
