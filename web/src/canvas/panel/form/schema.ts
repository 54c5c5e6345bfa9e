/** Fields of a form out of a JSON Schema from anywhere: whatever is odd in it is left out, never thrown at. Pure. */
import type { Text } from '@/i18n';

export type Schema = Readonly<Record<string, unknown>>;

export type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null' | 'any';

export interface Choice {
  value: unknown;
  label: Text;
}

export interface FieldSpec {
  name: string;
  /** The field's schema with references followed and a `null` alternative taken out. */
  schema: Schema;
  kind: Kind;
  /** A name of the registry, or one that only a plugin knows. */
  widget: string;
  hints: Schema;
  label: Text | null;
  help: Text | null;
  placeholder: Text | null;
  group: Text | null;
  advanced: boolean;
  required: boolean;
  nullable: boolean;
  fallback: unknown;
  choices: Choice[];
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const asText = (value: unknown): Text | null => {
  if (typeof value === 'string') return value || null;
  if (isRecord(value) && typeof value.en === 'string' && value.en) return value as { en: string };
  return null;
};

const asNumber = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const NOTHING: Schema = {};
const DEEPEST = 20;

/** `schema` with its reference followed and its parts merged: what remains has the keywords of one value. */
export function resolved(schema: unknown, root: Schema, depth = 0): Schema {
  if (!isRecord(schema) || depth > DEEPEST) return NOTHING;
  if (typeof schema.$ref === 'string') {
    const { $ref, ...rest } = schema;
    return { ...resolved(at(root, $ref as string), root, depth + 1), ...rest };
  }
  const parts = asList(schema.allOf);
  if (!parts.length) return schema;
  const { allOf: _, ...rest } = schema;
  return Object.assign({}, ...parts.map((part) => resolved(part, root, depth + 1)), rest);
}

function at(root: Schema, ref: string): unknown {
  if (!ref.startsWith('#')) return undefined;
  let found: unknown = root;
  for (const step of ref.slice(1).split('/').filter(Boolean)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    found = isRecord(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

/** The one alternative besides `null`, as Pydantic writes an optional value; or the schema itself. */
function withoutNull(schema: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  const { anyOf, oneOf, ...rest } = schema;
  const ways = [...asList(anyOf), ...asList(oneOf)].map((way) => resolved(way, root));
  if (ways.length) {
    const left = ways.filter((way) => way.type !== 'null');
    const nullable = left.length < ways.length;
    const [only] = left;
    if (only && left.length === 1) return { schema: { ...only, ...rest }, nullable };
    const constants = left.filter((way) => 'const' in way || Array.isArray(way.enum));
    if (left.length && constants.length === left.length) {
      return { schema: { ...rest, enum: left.flatMap((way) => ('const' in way ? [way.const] : way.enum)) }, nullable };
    }
    return { schema, nullable };
  }
  if (Array.isArray(schema.type)) {
    const left = schema.type.filter((type) => type !== 'null');
    return {
      schema: { ...schema, type: left.length === 1 ? left[0] : left },
      nullable: left.length < schema.type.length,
    };
  }
  return { schema, nullable: false };
}

const KINDS: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

function kindOf(schema: Schema): Kind {
  if (KINDS.has(schema.type)) return schema.type as Kind;
  if (schema.type === undefined && isRecord(schema.properties)) return 'object';
  if (schema.type === undefined && schema.items !== undefined) return 'array';
  const [first] = asList(schema.enum);
  return typeof first === 'string' ? 'string' : typeof first === 'number' ? 'number' : 'any';
}

/** What stands in where neither a hint nor a plugin's own widget says how to show a value. */
export function plainWidget(schema: Schema, kind: Kind, root: Schema): string {
  if (asList(schema.enum).length) return 'select';
  if (kind === 'string') return (asNumber(schema.maxLength) ?? 0) > 1000 ? 'textarea' : 'text';
  if (kind === 'number' || kind === 'integer') return 'number';
  if (kind === 'boolean') return 'switch';
  if (kind === 'object') {
    if (isRecord(schema.properties) && Object.keys(schema.properties).length) return 'object';
    return isRecord(schema.additionalProperties) && schema.additionalProperties.type === 'string'
      ? 'key-value'
      : 'json';
  }
  if (kind === 'array') {
    const items = specOf('', schema.items, root, false);
    if (items.choices.length) return 'multi';
    if (items.kind === 'object' && items.widget === 'object') return 'rows';
    return items.kind === 'string' ? 'tags' : 'json';
  }
  return kind === 'any' && Object.keys(schema).every((key) => QUIET.has(key)) ? 'any' : 'json';
}

/** Keywords that say nothing of a value's shape. */
const QUIET: ReadonlySet<string> = new Set(['title', 'description', 'default', 'x-ui', 'examples', '$comment']);

export function specOf(name: string, raw: unknown, root: Schema, required: boolean): FieldSpec {
  const { schema, nullable } = withoutNull(resolved(raw, root), root);
  const hints = isRecord(schema['x-ui']) ? schema['x-ui'] : NOTHING;
  const kind = kindOf(schema);
  const options = asList(hints.options).filter(isRecord);
  const choices = options.length
    ? options.map((option) => ({ value: option.value, label: asText(option.label) ?? String(option.value) }))
    : asList(schema.enum).map((value) => ({ value, label: typeof value === 'string' ? value : JSON.stringify(value) }));
  return {
    name,
    schema,
    kind,
    widget: typeof hints.widget === 'string' && hints.widget ? hints.widget : plainWidget(schema, kind, root),
    hints,
    label: asText(hints.label),
    help: asText(hints.help) ?? (hints.label ? null : asText(schema.description)),
    placeholder: asText(hints.placeholder),
    group: asText(hints.group),
    advanced: hints.advanced === true,
    required,
    nullable,
    fallback: schema.default,
    choices,
  };
}

/** Fields of an object's schema in their order. What can have one value only is not asked for. */
export function fieldsOf(raw: unknown, root: Schema): FieldSpec[] {
  const schema = resolved(raw, root);
  const required = new Set(asList(schema.required));
  if (!isRecord(schema.properties)) return [];
  return Object.entries(schema.properties)
    .map(([name, one]) => specOf(name, one, root, required.has(name)))
    .filter((field) => !('const' in field.schema));
}

export const limits = (schema: Schema) => ({
  min: asNumber(schema.minimum) ?? asNumber(schema.exclusiveMinimum),
  max: asNumber(schema.maximum) ?? asNumber(schema.exclusiveMaximum),
  longest: asNumber(schema.maxLength),
  fewest: asNumber(schema.minItems) ?? 0,
  most: asNumber(schema.maxItems) ?? Number.POSITIVE_INFINITY,
});

export const hintNumber = (hints: Schema, name: string) => asNumber(hints[name]);

const now = (name: string, value: Schema, neighbours: readonly FieldSpec[]) =>
  name in value ? value[name] : neighbours.find((one) => one.name === name)?.fallback;

/** A field of code whose language is what another field says. */
export function inLanguage(field: FieldSpec, value: Schema, neighbours: readonly FieldSpec[]): FieldSpec {
  const { language_of: other } = field.hints;
  if (typeof other !== 'string') return field;
  return { ...field, hints: { ...field.hints, language: now(other, value, neighbours) } };
}

/** Whether a field is asked for, given its neighbours. A list of values means any of them. */
export function isShown(field: FieldSpec, value: Schema, neighbours: readonly FieldSpec[]): boolean {
  const { show_if: when } = field.hints;
  if (!isRecord(when)) return true;
  return Object.entries(when).every(([name, wanted]) => {
    const there = now(name, value, neighbours);
    return Array.isArray(wanted) ? wanted.some((one) => same(one, there)) : same(wanted, there);
  });
}

export const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

/** A value to begin with, such as a new row of a list. */
export function blank(raw: unknown, root: Schema, depth = 0): unknown {
  const { schema, kind, nullable } = specOf('', raw, root, true);
  if ('default' in schema) return structuredClone(schema.default);
  if ('const' in schema) return schema.const;
  if (nullable || kind === 'null' || kind === 'any') return null;
  const [first] = asList(schema.enum);
  if (first !== undefined) return first;
  if (kind === 'object') {
    if (depth > 4 || !isRecord(schema.properties)) return {};
    const needed = asList(schema.required).filter((name): name is string => typeof name === 'string');
    const properties = schema.properties;
    return Object.fromEntries(needed.map((name) => [name, blank(properties[name], root, depth + 1)]));
  }
  if (kind === 'array') {
    const fewest = Math.min(asNumber(schema.minItems) ?? 0, 3);
    return depth > 4 ? [] : Array.from({ length: fewest }, () => blank(schema.items, root, depth + 1));
  }
  return kind === 'boolean' ? false : kind === 'string' ? '' : (limits(schema).min ?? 0);
}

export const pointerOf = (base: string, step: string | number) =>
  `${base}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
