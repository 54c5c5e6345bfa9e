// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { bindingOf, chordOf, GROUPS, shown } from './keys';
import { words } from './words';

const press = (key: string, more: Partial<KeyboardEvent> = {}) => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});
const all = GROUPS.flatMap(({ bindings }) => bindings);

describe('the keyboard map', () => {
  it('gives each chord one meaning, and each action its words', () => {
    const chords = all.flatMap(({ chords }) => chords);
    expect(new Set(chords).size).toBe(chords.length);
    for (const { action } of all) expect(words.en).toHaveProperty(`key_${action}`);
  });
  it('reads what is pressed on any keyboard', () => {
    expect(chordOf(press('z', { ctrlKey: true }))).toBe('Mod+Z');
    expect(chordOf(press('Z', { metaKey: true, shiftKey: true }))).toBe('Mod+Shift+Z');
    // Shift and 1: "!" here, "+" there.
    expect(chordOf(press('!', { shiftKey: true, code: 'Digit1' }))).toBe('Shift+1');
    expect(chordOf(press('+', { shiftKey: true, code: 'Digit1' }))).toBe('Shift+1');
    expect(chordOf(press('?', { shiftKey: true, code: 'Slash' }))).toBe('?');
    expect(chordOf(press('ArrowLeft', { altKey: true }))).toBe('Alt+ArrowLeft');
  });
  it('finds the action', () => {
    expect(bindingOf(press('a'))?.action).toBe('add');
    expect(bindingOf(press('A', { shiftKey: true }))).toBeUndefined();
    expect(bindingOf(press('Tab', { shiftKey: true }))?.action).toBe('previous');
    expect(bindingOf(press('y', { ctrlKey: true }))?.action).toBe('redo');
  });
  it('is shown as people read it', () => {
    expect(shown('Mod+Shift+Z', false)).toBe('Ctrl Shift Z');
    expect(shown('Mod+Shift+Z', true)).toBe('⌘ ⇧ Z');
    expect(shown('+', false)).toBe('+');
    expect(shown('Alt+ArrowUp', false)).toBe('Alt ↑');
  });
});
