/** Stands in for the lazy editors in tests: jsdom has no layout for them. */
import { useImperativeHandle } from 'react';
import type { EditorProps } from './form/editor/useEditorView';
import { reference } from './form/template';

export default function TestEditor({ ref, value, onChange, onBlur, control }: EditorProps) {
  useImperativeHandle(ref, () => ({ insert: (name) => onChange(value + reference(name)) }));
  return (
    <textarea
      {...control}
      data-testid="editor"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onBlur={onBlur}
    />
  );
}
