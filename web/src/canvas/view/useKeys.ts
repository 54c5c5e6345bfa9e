/** Keys and the clipboard on the canvas. Off while somebody types, and in dialogs and menus. */
import { type RefObject, useEffect } from 'react';
import { placeOf } from '@/runs/debug/known';
import { useDebug } from '@/runs/debug/store';
import { positionOf } from '../graph/document';
import { useEditor } from '../graph/store';
import type { Commands } from './commands';
import { type Action, bindingOf } from './keys';
import { type Direction, followed, neighbour } from './order';
import { useView } from './view';

const TYPING = 'input, textarea, select, [contenteditable="true"], [role="textbox"]';
const ELSEWHERE = '[role="dialog"], [role="menu"], [role="listbox"], [role="alertdialog"]';
const STEP = 10;
const FAR = 50;

interface Around {
  root: RefObject<HTMLElement | null>;
  commands: Commands;
  locked: boolean;
  openPanel(): void;
  pointer(): { x: number; y: number } | null;
}

/** Is the canvas what keys are meant for? The whole page's keys are its own as long as nothing else has the focus. */
function concerns(root: HTMLElement | null, target: EventTarget | null): boolean {
  if (!(target instanceof Element) || target.closest(TYPING) || target.closest(ELSEWHERE)) return false;
  return target === document.body || target === document.documentElement || Boolean(root?.contains(target));
}

const onSurface = (target: Element) =>
  target === document.body || Boolean(target.closest('.canvas') && !target.closest('button, a'));

export function useKeys({ root, commands, locked, openPanel, pointer }: Around) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || !concerns(root.current, event.target)) return;
      const binding = bindingOf(event);
      if (!binding || binding.native || (binding.edits && locked)) return;
      const target = event.target as Element;
      if (binding.surface && !onSurface(target)) return;
      if (perform(binding.action, event.key, target === document.body, commands, openPanel)) event.preventDefault();
    };
    const onCopy = (event: ClipboardEvent) => {
      const state = useEditor.getState();
      if (!concerns(root.current, event.target) || String(getSelection()) || !state.selection.nodes.length) return;
      if (event.type === 'cut' && locked) return;
      event.clipboardData?.setData('text/plain', state.copy());
      event.preventDefault();
      if (event.type === 'cut') state.remove(state.selection);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (locked || !concerns(root.current, event.target)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (!useEditor.getState().paste(text, pointer() ?? undefined)) return;
      event.preventDefault();
      commands.showPut();
    };
    addEventListener('keydown', onKeyDown);
    // The browser's own events: they work over plain HTTP, where the Clipboard API is withheld, and ask nobody.
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCopy);
    document.addEventListener('paste', onPaste);
    return () => {
      removeEventListener('keydown', onKeyDown);
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCopy);
      document.removeEventListener('paste', onPaste);
    };
  }, [root, commands, locked, openPanel, pointer]);
}

const direction = (key: string) => key.replace('Arrow', '').toLowerCase() as Direction;

/** Carries an action out; false where there was nothing to do, so that the browser does what it would have done. */
function perform(action: Action, key: string, unfocused: boolean, commands: Commands, openPanel: () => void): boolean {
  const state = useEditor.getState();
  const view = useView.getState();
  const [node] = state.selection.nodes;
  switch (action) {
    case 'undo':
      state.undo();
      return true;
    case 'redo':
      state.redo();
      return true;
    case 'duplicate':
      if (!state.selection.nodes.length) return true;
      state.duplicate();
      commands.showPut();
      return true;
    case 'selectAll':
      state.select({
        nodes: state.doc.nodes.map((one) => one.id),
        edges: state.doc.edges.map((one) => one.id),
      });
      return true;
    case 'remove':
      if (!state.selection.nodes.length && !state.selection.edges.length) return false;
      state.remove(state.selection);
      return true;
    case 'add':
      view.set({ adding: commands.middle() });
      return true;
    case 'link':
      if (node) view.set({ linking: node });
      return Boolean(node);
    case 'move':
    case 'moveFar':
      return nudge(direction(key), action === 'move' ? STEP : FAR);
    case 'follow': {
      const to = node && followed(state.doc, node, direction(key));
      if (to) commands.goTo(to);
      return true;
    }
    case 'next':
    case 'previous': {
      // Nothing has the focus: Tab walks the page as ever.
      const to = unfocused ? null : neighbour(state.doc, node, action === 'next' ? 1 : -1);
      if (to) commands.goTo(to);
      return Boolean(to);
    }
    case 'open':
      if (node) openPanel();
      else if (state.selection.edges[0]) view.set({ mapping: state.selection.edges[0] });
      return true;
    case 'back':
      if (!view.back()) state.select({});
      return true;
    case 'fitAll':
      commands.fit();
      return true;
    case 'fitSelection':
      commands.fitSelection();
      return true;
    case 'zoomFull':
      commands.zoomFull();
      return true;
    case 'zoomIn':
      commands.zoomIn();
      return true;
    case 'zoomOut':
      commands.zoomOut();
      return true;
    case 'tidy':
      void commands.tidy();
      return true;
    case 'find':
      view.set({ find: true });
      return true;
    case 'outline':
      view.set({ outline: !view.outline });
      return true;
    case 'palette':
      view.set({ palette: !view.palette });
      return true;
    case 'breakpoint':
      for (const id of state.selection.nodes) useDebug.getState().toggle(placeOf(id));
      return true;
    case 'help':
      view.set({ help: true });
      return true;
    default:
      return false;
  }
}

function nudge(way: Direction, step: number): boolean {
  const { doc, selection, move } = useEditor.getState();
  if (!selection.nodes.length) return false;
  const chosen = new Set(selection.nodes);
  const [dx, dy] = [
    way === 'left' ? -step : way === 'right' ? step : 0,
    way === 'up' ? -step : way === 'down' ? step : 0,
  ];
  const places = doc.nodes
    .filter((node) => chosen.has(node.id))
    .map((node) => [node.id, { x: positionOf(node).x + dx, y: positionOf(node).y + dy }] as const);
  move(new Map(places));
  return true;
}
