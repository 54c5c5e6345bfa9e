/** What an app asks for besides the question: as it was in the last turn, until somebody changes it. */
import { useMemo, useState } from 'react';
import { type Fault, readFields, startTexts, type Texts, textsOf } from '@/answer/fields';
import type { InputField, Run, StartForm } from '@/api/types';

export interface Details {
  fields: InputField[];
  texts: Texts;
  /** Said only after somebody wanted to send. */
  faults: Readonly<Record<string, Fault>>;
  /** Something was entered that no turn has been given yet. */
  changed: boolean;
  set(texts: Texts): void;
  /** What to send; null where something is missing. */
  take(): Record<string, unknown> | null;
}

/** `last`: the run of the last turn. Another conversation begins with what is known of that one. */
export function useDetails(form: StartForm, conversationId: string | null, last: Run | undefined): Details {
  const fields = useMemo(() => besides(form), [form]);
  const [typed, setTyped] = useState<Texts>({});
  const [checked, setChecked] = useState(false);
  const [of, setOf] = useState({ conversationId, last: last?.id });
  if (of.conversationId !== conversationId || of.last !== last?.id) {
    // What was entered has been sent with the turn that came, or belongs to another conversation.
    setOf({ conversationId, last: last?.id });
    setTyped({});
    setChecked(false);
  }
  const known = last ? textsOf(fields, last.inputs) : startTexts(fields);
  const texts = { ...known, ...typed };
  const { values, faults } = readFields(fields, texts);
  return {
    fields,
    texts,
    faults: checked ? faults : {},
    changed: fields.some(({ name }) => texts[name] !== known[name]),
    set: (next) => setTyped((now) => ({ ...now, ...next })),
    take: () => {
      setChecked(true);
      return Object.keys(faults).length ? null : withEmptied(fields, values);
    },
  };
}

export const besides = ({ fields, question }: StartForm): InputField[] =>
  fields.filter((field) => field.name !== question);

/** What is left out stays as it was, so a field that was emptied says so. */
export const withEmptied = (fields: readonly InputField[], values: Record<string, unknown>) =>
  Object.fromEntries(fields.map(({ name }) => [name, values[name] ?? null]));
