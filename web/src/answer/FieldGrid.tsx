import type { InputField } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field } from '@/ui/field';
import { FieldControl } from './FieldControl';
import { type Fault, type Kind, kindOf, type Texts } from './fields';
import { words } from './words';

interface Props {
  fields: InputField[];
  texts: Texts;
  /** What is wrong with which field, as far as it is to be said by now. */
  faults: Readonly<Record<string, Fault>>;
  onText(name: string, text: string): void;
  /** What the only field is called, where it is one line and was given no label. */
  alone?: string;
}

const SHORT: ReadonlySet<Kind> = new Set(['number', 'boolean', 'select']);

/** The fields that an app declares, short ones beside each other. */
export function FieldGrid({ fields, texts, faults, onText, alone }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const only = fields.length === 1 ? alone : undefined;
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(min(220px,100%),1fr))] gap-4">
      {fields.map((field) => {
        const fault = faults[field.name];
        const kind = kindOf(field);
        return (
          <Field
            key={field.name}
            className={SHORT.has(kind) ? undefined : 'col-span-full'}
            label={labelOf(text(field.label), field.name, (kind === 'line' && only) || field.name)}
            mark={field.required ? undefined : c('optional')}
            error={fault && t(fault)}
            help={kind === 'list' ? t('listHelp') : undefined}
          >
            {(props) => (
              <FieldControl
                field={field}
                props={props}
                value={texts[field.name] ?? ''}
                onChange={(value) => onText(field.name, value)}
              />
            )}
          </Field>
        );
      })}
    </div>
  );
}

/** A variable that was given no label comes with its name as one. */
const labelOf = (said: string, name: string, otherwise: string) => (said && said !== name ? said : otherwise);
