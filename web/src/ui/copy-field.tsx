import type { ReactNode } from 'react';
import { CopyButton } from './copy-button';
import { Field, Input } from './field';

interface Props {
  label: string;
  value: string;
  help?: ReactNode;
  /** What the button says, where "Copy" is not enough. */
  copy?: string;
}

/** A value to take along: read only, chosen as a whole, with a button that copies it. */
export function CopyField({ label, value, help, copy }: Props) {
  return (
    <Field label={label} help={help}>
      {(props) => (
        <div className="flex items-center gap-1">
          <Input {...props} readOnly className="font-mono" value={value} onFocus={(event) => event.target.select()} />
          <CopyButton text={value} label={copy} />
        </div>
      )}
    </Field>
  );
}
