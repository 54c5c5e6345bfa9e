import { Braces } from 'lucide-react';
import { useRef } from 'react';
import { FieldControl } from '@/answer/FieldControl';
import type { Fault, Texts } from '@/answer/fields';
import { words as answerWords } from '@/answer/words';
import type { InputField, TriggerKind } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { isChosen, isTemplate, PARTS } from './inputs';
import { words } from './words';

interface Props {
  kind: TriggerKind;
  fields: InputField[];
  texts: Texts;
  faults: Readonly<Record<string, Fault>>;
  /** What the server refused, by field. */
  refusals: Readonly<Record<string, string>>;
  onText(name: string, text: string): void;
}

type TextField = HTMLInputElement | HTMLTextAreaElement;

/** The app's inputs, each a value or a template over what happened. */
export function InputFields({ kind, fields, texts, faults, refusals, onText }: Props) {
  const t = useT(words);
  const answer = useT(answerWords);
  const c = useCommon();
  const text = useText();
  const last = useRef<{ name: string; field: TextField } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  /** Puts a part where the caret was last, else into the first text. */
  const insert = (part: string) => {
    const field = last.current?.field.isConnected
      ? last.current.field
      : box.current?.querySelector<TextField>('textarea, input');
    const name = field?.closest<HTMLElement>('[data-input]')?.dataset.input;
    if (!field || !name) return;
    const start = field.selectionStart ?? field.value.length;
    const end = field.selectionEnd ?? start;
    onText(name, field.value.slice(0, start) + part + field.value.slice(end));
    requestAnimationFrame(() => {
      field.focus();
      field.setSelectionRange(start + part.length, start + part.length);
    });
  };
  if (!fields.length) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only remembers which of the fields inside had the focus */}
      <div
        ref={box}
        className="flex flex-col gap-3"
        onFocus={({ target }) => {
          const isText = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
          const name = target.closest<HTMLElement>('[data-input]')?.dataset.input;
          if (isText && name) last.current = { name, field: target };
        }}
      >
        {fields.map((field) => {
          const { name } = field;
          const value = texts[name] ?? '';
          const fault = faults[name];
          const template = isChosen(field) && isTemplate(value);
          return (
            <div key={name} data-input={name} className="flex items-end gap-1">
              <Field
                className="flex-1"
                label={text(field.label) || name}
                mark={field.required ? undefined : c('optional')}
                error={refusals[name] ?? (fault && answer(fault))}
              >
                {(props) =>
                  template ? (
                    <Input
                      {...props}
                      className="font-mono"
                      spellCheck={false}
                      value={value}
                      onChange={(event) => onText(name, event.target.value)}
                    />
                  ) : (
                    <FieldControl field={field} props={props} value={value} onChange={(next) => onText(name, next)} />
                  )
                }
              </Field>
              {isChosen(field) && (
                <IconButton
                  icon={Braces}
                  label={t('asTemplate', { name: text(field.label) || name })}
                  pressed={template}
                  onClick={() => onText(name, template ? '' : `{{ ${kind === 'webhook' ? `body.${name}` : 'date'} }}`)}
                />
              )}
            </div>
          );
        })}
      </div>
      <div className="flex flex-wrap items-center gap-1.5 text-sm text-ink-3">
        <span>{t('insert')}</span>
        {PARTS[kind].map((part) => (
          <button
            key={part}
            type="button"
            onClick={() => insert(part)}
            className="h-6 rounded-sm border border-line bg-surface px-1.5 font-mono text-xs text-ink-2 hover:border-line-strong hover:text-ink"
          >
            {part}
          </button>
        ))}
      </div>
    </>
  );
}
