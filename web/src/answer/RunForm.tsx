import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';
import type { InputField } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field } from '@/ui/field';
import { FieldControl } from './FieldControl';
import { type Kind, kindOf, readFields, startTexts, type Texts } from './fields';
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

const SHORT: ReadonlySet<Kind> = new Set(['number', 'boolean', 'select']);

/** The form an app declares. Ctrl+Enter runs from anywhere in it; Enter does in a question of one line. */
export function RunForm({ fields, onRun, children, id, initial, onTexts }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
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
  const onlyOne = fields.length === 1;
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
      <div className="grid grid-cols-[repeat(auto-fill,minmax(min(220px,100%),1fr))] gap-4">
        {fields.map((field) => {
          const fault = checked ? faults[field.name] : undefined;
          const kind = kindOf(field);
          return (
            <Field
              key={field.name}
              className={SHORT.has(kind) ? undefined : 'col-span-full'}
              label={labelOf(text(field.label), field.name, onlyOne && kind === 'line' ? t('question') : field.name)}
              mark={field.required ? undefined : c('optional')}
              error={fault && t(fault)}
              help={kind === 'list' ? t('listHelp') : undefined}
            >
              {(props) => (
                <FieldControl
                  field={field}
                  props={props}
                  value={texts[field.name] ?? ''}
                  onChange={(value) => set(field.name, value)}
                />
              )}
            </Field>
          );
        })}
      </div>
      {children}
    </form>
  );
}

/** A variable that was given no label comes with its name as one. */
const labelOf = (said: string, name: string, otherwise: string) => (said && said !== name ? said : otherwise);
