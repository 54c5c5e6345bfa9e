import { useId } from 'react';
import type { Fault, Texts } from '@/answer/fields';
import type { InputField } from '@/api/types';
import { useT } from '@/i18n';
import { Choice } from '@/ui/choice';
import { InputFields } from './InputFields';
import { words } from './words';

interface Props {
  fields: InputField[];
  byName: boolean;
  onByName(byName: boolean): void;
  texts: Texts;
  onText(name: string, text: string): void;
  faults: Readonly<Record<string, Fault>>;
  refusals: Readonly<Record<string, string>>;
}

/** Where the inputs of the app come from: fields of the message with their names, or each as it is set here. */
export function HookInputs({ fields, byName, onByName, ...form }: Props) {
  const t = useT(words);
  const name = useId();
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-1 text-sm font-medium text-ink-2">{t('inputs')}</legend>
      {fields.length === 0 && <p className="text-sm text-ink-3">{t('noInputs')}</p>}
      {fields.length > 0 && (
        <>
          <div className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
            <Choice
              name={name}
              checked={byName}
              onChoose={() => onByName(true)}
              label={t('byName')}
              hint={t('byNameHint')}
            />
            <Choice
              name={name}
              checked={!byName}
              onChoose={() => onByName(false)}
              label={t('setEach')}
              hint={t('setEachHint')}
            />
          </div>
          {byName ? <Names fields={fields} /> : <InputFields kind="webhook" fields={fields} {...form} />}
        </>
      )}
    </fieldset>
  );
}

/** The message that fits, in one look. */
export function Names({ fields }: { fields: InputField[] }) {
  const t = useT(words);
  return (
    <ul aria-label={t('inputs')} className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2 text-sm">
      {fields.map(({ name, required, type }) => (
        <li key={name} className="flex min-w-0 flex-wrap items-baseline gap-x-2">
          <code className="font-mono break-all">{name}</code>
          <span className="text-ink-3">
            {type}
            {' · '}
            {required ? t('mustBeThere') : t('mayBeThere')}
          </span>
        </li>
      ))}
    </ul>
  );
}
