import { Plus } from 'lucide-react';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { FieldGrid } from '@/answer/FieldGrid';
import { readFields, startTexts, type Texts, textsOf } from '@/answer/fields';
import { asApiError } from '@/api/errors';
import type { Expectation, InputField, TestCase } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { words } from '../words';
import { useSaveCase } from './changes';
import { ExpectRow } from './ExpectRow';
import { expectationOf, newRow, rowAt, rowOf } from './expectations';
import { Gave } from './Gave';
import { LeftOver } from './LeftOver';

interface Props {
  appId: string;
  id: string | null;
  start: Pick<TestCase, 'name' | 'inputs' | 'expect'>;
  fields: InputField[];
  outputs: string[];
  readOnly: boolean;
  onTouched(): void;
  onClose(): void;
  /** Where the values come from. */
  given: ReactNode;
  /** What the run gave that the case is made of. */
  gave: Record<string, unknown> | null;
  cancel: ReactNode;
}

export function CaseForm(props: Props) {
  const { appId, id, start, fields, outputs, readOnly, onTouched, onClose, given, gave, cancel } = props;
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const [name, setName] = useState(start.name);
  const [texts, setTexts] = useState<Texts>(() => ({
    ...startTexts(fields),
    ...textsOf(known(fields, start.inputs), start.inputs),
  }));
  const [left, setLeft] = useState(() => leftOver(fields, start.inputs));
  const [rows, setRows] = useState(() => start.expect.map(rowOf));
  const [checked, setChecked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const save = useSaveCase(appId, id);
  const { values, faults } = readFields(fields, texts);
  const read = rows.map(expectationOf);
  const error = save.isError ? asApiError(save.error) : null;
  const wrongRow = rowAt(error?.pointer ?? null);
  const touched =
    <Value,>(set: (value: Value) => void) =>
    (value: Value) => {
      set(value);
      onTouched();
    };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    const expect = read.flatMap((one): Expectation[] => ('value' in one ? [one.value] : []));
    if (!name.trim() || Object.keys(faults).length || expect.length < rows.length) {
      // Once the faults are drawn: to the first field that has one.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
      return;
    }
    save.mutate({ name: name.trim(), inputs: { ...left, ...values }, expect }, { onSuccess: onClose });
  };
  const nameError =
    checked && !name.trim() ? t('nameEmpty') : error?.pointer === '/name' ? text(error.text) : undefined;
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex min-h-full flex-col">
      <fieldset disabled={readOnly} className="flex min-w-0 flex-1 flex-col gap-6 p-4">
        <Field label={t('caseName')} error={nameError}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={200}
              placeholder={t('nameExample')}
              onChange={(event) => touched(setName)(event.target.value)}
            />
          )}
        </Field>
        <section aria-label={t('inputs')} className="flex flex-col gap-3">
          <h3 className="text-md font-semibold">{t('inputs')}</h3>
          {given}
          {fields.length === 0 && <p className="text-ink-3">{t('noInputs')}</p>}
          <FieldGrid
            fields={fields}
            texts={texts}
            faults={checked ? faults : {}}
            onText={(field, value) => touched(setTexts)({ ...texts, [field]: value })}
          />
          <LeftOver values={left} onDrop={() => touched(setLeft)({})} />
        </section>
        {gave && <Gave outputs={gave} onExpect={(row) => touched(setRows)([...rows, newRow(row)])} />}
        <section aria-label={t('expected')} className="flex flex-col gap-3">
          <div>
            <h3 className="text-md font-semibold">{t('expected')}</h3>
            <p className="text-ink-3">{t('expectedHint')}</p>
          </div>
          {rows.map((row, at) => {
            const one = read[at];
            const said = wrongRow === at && error ? text(error.text) : undefined;
            return (
              <ExpectRow
                key={row.id}
                row={row}
                n={at + 1}
                outputs={outputs}
                error={said ?? (checked && one && 'fault' in one ? t(one.fault) : undefined)}
                onChange={(next) => touched(setRows)(rows.map((old) => (old.id === next.id ? next : old)))}
                onRemove={() => touched(setRows)(rows.filter((old) => old.id !== row.id))}
              />
            );
          })}
          {!readOnly && (
            <Button
              size="small"
              icon={Plus}
              className="self-start"
              onClick={() => touched(setRows)([...rows, newRow()])}
            >
              {t('addExpectation')}
            </Button>
          )}
        </section>
        {error && wrongRow === null && error.pointer !== '/name' && <ErrorNotice error={error} />}
      </fieldset>
      <footer className="sticky bottom-0 flex justify-end gap-2 border-t border-line bg-surface px-4 py-3">
        {cancel}
        {!readOnly && (
          <Button type="submit" variant="primary" busy={save.isPending}>
            {c('save')}
          </Button>
        )}
      </footer>
    </form>
  );
}

const known = (fields: InputField[], inputs: Readonly<Record<string, unknown>>) =>
  fields.filter((field) => Object.hasOwn(inputs, field.name));

/** Values that the app does not ask for (any more): kept until somebody takes them out. */
function leftOver(fields: InputField[], inputs: Readonly<Record<string, unknown>>) {
  const names = new Set(fields.map((field) => field.name));
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.has(name)));
}
