/** Inputs or outputs that a node is given by hand: a name and a type of the server's own table. */
import { useCallback } from 'react';
import { useTypeName } from '../../titles';
import { useForm, type WidgetProps } from '../context';
import type { FieldSpec } from '../schema';
import { RowsField } from './Rows';

export function PortsField(props: WidgetProps) {
  const { types } = useForm();
  const typeName = useTypeName();
  const adjust = useCallback(
    (field: FieldSpec): FieldSpec =>
      field.name === 'type' && field.kind === 'string' && !field.choices.length && types.length
        ? { ...field, widget: 'select', choices: types.map((type) => ({ value: type, label: { en: typeName(type) } })) }
        : field,
    [types, typeName],
  );
  return <RowsField {...props} adjust={adjust} />;
}
