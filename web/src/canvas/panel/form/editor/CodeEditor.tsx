/** Code or JSON: line numbers, brackets, indentation by Tab (Esc, then Tab leaves). */
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { python } from '@codemirror/lang-python';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { Decoration, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useMemo } from 'react';
import { javascript } from './javascript';
import { type EditorProps, useEditorView } from './useEditorView';

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], color: 'var(--c-logic)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--c-tool)' },
  { tag: [tags.comment], color: 'var(--ink-3)' },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], color: 'var(--run)' },
  { tag: [tags.propertyName, tags.className, tags.typeName], color: 'var(--accent)' },
]);

const LANGUAGES = { python, javascript, json, text: () => [] };

interface Props extends EditorProps {
  language: keyof typeof LANGUAGES;
  /** A line that failed, from 1. */
  fault?: number;
}

const FAULTY = Decoration.line({ class: 'cm-faulty' });

const marked = (line: number | undefined) =>
  EditorView.decorations.compute(['doc'], ({ doc }) =>
    line && line <= doc.lines ? Decoration.set(FAULTY.range(doc.line(line).from)) : Decoration.none,
  );

export default function CodeEditor(props: Props) {
  const { language, fault } = props;
  const host = useEditorView(
    props,
    [
      lineNumbers(),
      highlightActiveLine(),
      bracketMatching(),
      closeBrackets(),
      indentOnInput(),
      indentUnit.of(language === 'python' ? '    ' : '  '),
      syntaxHighlighting(COLOURS),
      LANGUAGES[language](),
      keymap.of([...closeBracketsKeymap, ...(language === 'json' ? [] : [indentWithTab])]),
    ],
    useMemo(() => marked(fault), [fault]),
  );
  return <div ref={host} />;
}
