/** A CodeMirror view as a controlled field: the document's text wins, the cursor stays, looks come from our tokens. */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, placeholder as placeholderOf } from '@codemirror/view';
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import type { Control } from '../context';
import type { EditorHandle } from './handle';
import './sheets';

export interface EditorProps {
  ref?: Ref<EditorHandle>;
  value: string;
  onChange(text: string): void;
  onBlur(): void;
  control: Control;
  rows: number;
  placeholder?: string;
  readOnly: boolean;
}

const EXTERNAL = Annotation.define<boolean>();
const LINE = 20;

const theme = (rows: number) =>
  EditorView.theme({
    '&': { color: 'var(--ink)', backgroundColor: 'transparent', fontSize: '12.5px' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': {
      fontFamily: 'var(--mono)',
      fontVariantLigatures: 'none',
      lineHeight: `${LINE}px`,
      minHeight: `${rows * LINE + 12}px`,
      maxHeight: '60vh',
    },
    '.cm-content': { padding: '6px 0', caretColor: 'var(--ink)' },
    '.cm-line': { padding: '0 10px' },
    '.cm-cursor': { borderLeftColor: 'var(--ink)' },
    '.cm-placeholder': { color: 'var(--ink-3)' },
    '.cm-gutters': { backgroundColor: 'transparent', color: 'var(--ink-3)', border: 'none' },
    '.cm-gutters + .cm-content .cm-line': { paddingLeft: '6px' },
    '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
    },
    '.cm-line.cm-faulty': {
      backgroundColor: 'color-mix(in srgb, var(--bad) 14%, transparent)',
      boxShadow: 'inset 3px 0 var(--bad)',
    },
    '.cm-tooltip': {
      backgroundColor: 'var(--surface)',
      border: '1px solid var(--line)',
      borderRadius: '10px',
      boxShadow: 'var(--shadow-2)',
      overflow: 'hidden',
      zIndex: '60',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', padding: '4px', maxHeight: '240px' },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
      display: 'flex',
      alignItems: 'baseline',
      gap: '8px',
      padding: '4px 8px',
      lineHeight: '18px',
      borderRadius: '6px',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
      backgroundColor: 'var(--accent-soft)',
      color: 'var(--ink)',
    },
    '.cm-tooltip.cm-tooltip-autocomplete > ul > completion-section': {
      border: 'none',
      opacity: '1',
      padding: '6px 8px 2px',
      font: '600 11px/16px var(--font)',
      color: 'var(--ink-3)',
    },
    '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600', color: 'var(--accent)' },
    '.cm-completionDetail': {
      marginLeft: 'auto',
      fontStyle: 'normal',
      fontFamily: 'var(--font)',
      fontSize: '11px',
      color: 'var(--ink-3)',
    },
    '.cm-t-tag': { color: 'var(--accent)' },
    '.cm-t-name': { color: 'var(--accent)', fontWeight: '600' },
    '.cm-t-filter': { color: 'var(--c-tool)' },
    '.cm-t-word': { color: 'var(--c-logic)' },
    '.cm-t-comment': { color: 'var(--ink-3)' },
    '.cm-t-unknown': {
      color: 'var(--bad)',
      textDecoration: 'underline wavy var(--bad) 1px',
      textUnderlineOffset: '3px',
    },
  });

/** Mounts a view into the returned element. `extensions` are read once; what changes goes by `live`. */
export function useEditorView(
  props: EditorProps,
  extensions: Extension,
  live: Extension,
  insert: (view: EditorView, text: string) => void = (view, text) => view.dispatch(view.state.replaceSelection(text)),
) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  const inserted = useRef(insert);
  const parts = useRef({ live: new Compartment(), field: new Compartment() });
  useLayoutEffect(() => {
    latest.current = props;
  });
  const { value, control, readOnly, placeholder, rows } = props;
  const field = fieldOf(control, readOnly, placeholder);
  const described = `${control['aria-describedby']} ${control['aria-invalid']} ${control['aria-labelledby']}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: made once; the effects below keep it up to date
  useLayoutEffect(() => {
    if (!host.current) return;
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          history(),
          drawSelection(),
          extensions,
          keymap.of([...defaultKeymap, ...historyKeymap]),
          theme(rows),
          parts.current.live.of(live),
          parts.current.field.of(field),
          EditorView.updateListener.of((update) => {
            // Not what came from the document in the first place.
            const typed = update.transactions.some((one) => one.docChanged && !one.annotation(EXTERNAL));
            if (typed) latest.current.onChange(update.state.doc.toString());
          }),
          EditorView.domEventHandlers({ blur: () => latest.current.onBlur() }),
        ],
      }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const now = view.current;
    if (!now || now.state.doc.toString() === value) return;
    const length = now.state.doc.length;
    const anchor = Math.min(now.state.selection.main.anchor, value.length);
    now.dispatch({
      changes: { from: 0, to: length, insert: value },
      selection: { anchor },
      annotations: EXTERNAL.of(true),
    });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.live.reconfigure(live) });
  }, [live]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `field` is made of these
  useEffect(() => {
    view.current?.dispatch({ effects: parts.current.field.reconfigure(field) });
  }, [described, readOnly, placeholder]);

  useImperativeHandle(
    props.ref,
    () => ({
      insert: (text) => {
        const now = view.current;
        if (!now) return;
        inserted.current(now, text);
        // After the list that it was chosen from has gone, which gives the focus back elsewhere.
        requestAnimationFrame(() => now.focus());
      },
    }),
    [],
  );
  return host;
}

function fieldOf(control: Control, readOnly: boolean, placeholder: string | undefined): Extension {
  const attributes: Record<string, string> = {
    id: control.id,
    tabindex: '0',
    'aria-labelledby': control['aria-labelledby'],
  };
  if (control['aria-describedby']) attributes['aria-describedby'] = control['aria-describedby'];
  if (control['aria-invalid']) attributes['aria-invalid'] = 'true';
  if (control['aria-required']) attributes['aria-required'] = 'true';
  return [
    EditorView.contentAttributes.of(attributes),
    EditorState.readOnly.of(readOnly),
    EditorView.editable.of(!readOnly),
    placeholder ? placeholderOf(placeholder) : [],
  ];
}
