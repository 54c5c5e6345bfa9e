/** Settings out of a JSON Schema. Knows no node type: widgets come by name from the registry, else by the value's kind. */
import { type ReactNode, useMemo } from 'react';
import { Form, type FormContext } from './context';
import { Fields } from './Fields';
import { widgetFor } from './registry';
import type { Schema } from './schema';

interface Props extends Omit<FormContext, 'widgetFor'> {
  schema: Schema;
  value: Schema;
  onField(name: string, value: unknown): void;
  /** Shown with the rarer fields. */
  more?: ReactNode;
}

export function SchemaForm({ schema, value, onField, more, ...around }: Props) {
  const { readOnly, scope, secrets, inputs, types, sample, errors, reveal, fault, onOpenInside } = around;
  const context = useMemo<FormContext>(
    () => ({ widgetFor, readOnly, scope, secrets, inputs, types, sample, errors, reveal, fault, onOpenInside }),
    [readOnly, scope, secrets, inputs, types, sample, errors, reveal, fault, onOpenInside],
  );
  return (
    <Form value={context}>
      <div className="flex flex-col gap-3">
        <Fields schema={schema} root={schema} value={value} onField={onField} pointer="" more={more} />
      </div>
    </Form>
  );
}
