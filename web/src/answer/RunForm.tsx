import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import type { InputField } from '@/api/types';
import { useT } from '@/i18n';
import { FieldGrid } from './FieldGrid';
import { readFields, startTexts, type Texts } from './fields';
import { words } from './words';

interface Props {
  fields: InputField[];
  onRun(inputs: Record<string, unknown>): void;
  /** The buttons under the fields; the submit button among them, unless it is elsewhere and names `id`. */
  children?: ReactNode;
  id?: string;
  /** What was entered before, by name. */
  initial?: Texts;
  onTexts?(texts: Texts): void;
}

/** The form an app declares. Ctrl+Enter runs from anywhere in it; Enter does in a question of one line. */
export function RunForm({ fields, onRun, children, id, initial, onTexts }: Props) {
  const t = useT(words);
  const [texts, setTexts] = useState<Texts>(() => ({ ...startTexts(fields), ...initial }));
  const [checked, setChecked] = useState(false);
  const { values, faults } = readFields(fields, texts);
  const set = (name: string, value: string) => {
    const next = { ...texts, [name]: value };
    setTexts(next);
    onTexts?.(next);
  };
  const form = useRef<HTMLFormElement>(null);
  const run = () => {
    setChecked(true);
    if (!Object.keys(faults).length) onRun(values);
    // Once the faults are drawn: to the first field that has one.
    else requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
  };
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    const plain = event.target instanceof HTMLTextAreaElement && event.target.dataset.enter === 'run';
    const wanted = event.ctrlKey || event.metaKey || (plain && !event.shiftKey);
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.nativeEvent.isComposing || !wanted) return;
    event.preventDefault();
    run();
  };
  return (
    <form
      ref={form}
      id={id}
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
      className="flex flex-col gap-4"
    >
      <FieldGrid fields={fields} texts={texts} faults={checked ? faults : {}} onText={set} alone={t('question')} />
      {children}
    </form>
  );
}
