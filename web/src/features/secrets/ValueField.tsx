import { useT } from '@/i18n';
import { Field, Input } from '@/ui/field';
import { SHORTEST_VALUE } from './rules';
import { words } from './words';

interface Props {
  value: string;
  onChange(value: string): void;
  /** Says what is wrong with it. */
  complain: boolean;
  /** Why it is asked for, where that is not plain. */
  help?: string;
}

/** Goes in and never comes out: not even the form shows what is typed. */
export function ValueField({ value, onChange, complain, help }: Props) {
  const t = useT(words);
  const short = value.length < SHORTEST_VALUE;
  return (
    <Field
      label={t('value')}
      help={help ?? t('valueHelp')}
      error={complain && short && t('valueShort', { n: SHORTEST_VALUE })}
    >
      {(props) => (
        <Input
          {...props}
          type="password"
          // No password of a person: browsers should offer neither to fill it nor to keep it.
          autoComplete="one-time-code"
          spellCheck={false}
          maxLength={8000}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
