/** Which widget draws what, and which values it can show. */
import type { Widget } from './context';
import { isRecord } from './schema';
import { ApproversField } from './widgets/Approvers';
import { ChoiceField, MultiField, SwitchField } from './widgets/Choice';
import { CodeField, JsonField } from './widgets/Code';
import { ConditionsField, hasCases } from './widgets/Conditions';
import { DatasetField } from './widgets/Dataset';
import { KeyValueField } from './widgets/KeyValue';
import { LevelField } from './widgets/Level';
import { LinesField } from './widgets/Lines';
import { ModelField } from './widgets/Model';
import { McpField } from './widgets/mcp/McpField';
import { NumberField, SliderField } from './widgets/Number';
import { NestedGraphField, ObjectField } from './widgets/Object';
import { PortsField } from './widgets/Ports';
import { hasRows, RowsField } from './widgets/Rows';
import { TagsField } from './widgets/Tags';
import { TemplateField } from './widgets/Template';
import { AnyField, TextAreaField, TextField } from './widgets/Text';
import { VariableField } from './widgets/Variable';

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number';
const isBoolean = (value: unknown) => typeof value === 'boolean';
const isListOf = (fits: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(fits);
const isTexts = (value: unknown) => isRecord(value) && Object.values(value).every(isText);

const text: Widget = { Component: TextField, takes: isText };
const template: Widget = { Component: TemplateField, takes: isText };
const variable: Widget = { Component: VariableField, takes: isText };
const rows: Widget = {
  Component: RowsField,
  composite: true,
  nested: true,
  takes: (value, spec, root) => isListOf(isRecord)(value) && hasRows(spec, root),
};

/** By the names that schemas use in `x-ui.widget`. */
const WIDGETS: Readonly<Record<string, Widget>> = {
  text,
  secret: text,
  'secret-ref': text,
  file: text,
  textarea: { Component: TextAreaField, takes: isText },
  prompt: template,
  template,
  variable,
  expr: variable,
  code: { Component: CodeField, takes: isText },
  number: { Component: NumberField, takes: isNumber },
  slider: { Component: SliderField, takes: isNumber },
  switch: { Component: SwitchField, beside: true, takes: isBoolean },
  select: { Component: ChoiceField, takes: (_, spec) => spec.choices.length > 0 },
  multi: { Component: MultiField, composite: true, takes: Array.isArray },
  approvers: { Component: ApproversField, composite: true, takes: isListOf(isText) },
  lines: { Component: LinesField, takes: isListOf(isText) },
  tags: { Component: TagsField, takes: isListOf(isText) },
  level: { Component: LevelField, takes: isText },
  model: { Component: ModelField, takes: isText },
  dataset: { Component: DatasetField, takes: isText },
  'key-value': { Component: KeyValueField, composite: true, takes: isTexts },
  conditions: {
    Component: ConditionsField,
    composite: true,
    nested: true,
    takes: (value, spec, root) => isListOf(isRecord)(value) && hasCases(spec, root),
  },
  ports: { ...rows, Component: PortsField },
  rows,
  table: rows,
  variables: rows,
  object: { Component: ObjectField, composite: true, nested: true, takes: isRecord },
  mcp: { Component: McpField, composite: true, takes: isRecord },
  graph: { Component: NestedGraphField, composite: true, takes: isRecord },
  any: { Component: AnyField, composite: true },
  json: { Component: JsonField },
};

export const widgetFor = (name: string): Widget | undefined =>
  Object.hasOwn(WIDGETS, name) ? WIDGETS[name] : undefined;
