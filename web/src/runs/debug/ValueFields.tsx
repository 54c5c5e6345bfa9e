/** Fields for values of any type, by the names of ports or variables. */
import type { ReactNode } from 'react';
import { words as answerWords } from '@/answer/words';
import { useT } from '@/i18n';
import { Field, Textarea } from '@/ui/field';
import { type Typed, typed, type ValueField } from './values';

export type Texts = Readonly<Record<string, string>>;

interface Props {
  fields: readonly ValueField[];
  texts: Texts;
  onTexts(texts: Texts): void;
  /** Said under a field. */
  help?(field: ValueField): ReactNode;
}

export function ValueFields({ fields, texts, onTexts, help }: Props) {
  const t = useT(answerWords);
  return fields.map((field) => {
    const text = texts[field.name] ?? '';
    const read = typed(text, field.type);
    const json = field.type !== 'string' && /^\s*[[{]/.test(text);
    return (
      <Field
        key={field.name}
        label={field.label}
        mark={<code className="font-mono">{field.type}</code>}
        error={read && 'fault' in read ? t(read.fault) : undefined}
        help={help?.(field)}
      >
        {(props) => (
          <Textarea
            {...props}
            rows={Math.min(8, Math.max(2, text.split('\n').length))}
            spellCheck={!json}
            className={json ? 'font-mono text-sm' : undefined}
            value={text}
            onChange={(event) => onTexts({ ...texts, [field.name]: event.target.value })}
          />
        )}
      </Field>
    );
  });
}

/** What was typed, by name; null where something cannot be read. */
export function valuesOf(fields: readonly ValueField[], texts: Texts): Record<string, unknown> | null {
  const read = fields.map(({ name, type }): [string, Typed] => [name, typed(texts[name] ?? '', type)]);
  if (read.some(([, one]) => one && 'fault' in one)) return null;
  return Object.fromEntries(read.flatMap(([name, one]) => (one && 'value' in one ? [[name, one.value]] : [])));
}
