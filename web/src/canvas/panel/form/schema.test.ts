import { describe, expect, it } from 'vitest';
import { blank, type FieldSpec, fieldsOf, inLanguage, isShown, plainWidget, type Schema, specOf } from './schema';

const widgetOf = (schema: unknown, root: Schema = {}) => specOf('x', schema, root, false).widget;

describe('fields out of any schema', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', maxLength: 20_000 }, 'textarea'],
    [{ anyOf: [{ type: 'number', maximum: 2 }, { type: 'null' }] }, 'number'],
    [{ type: ['integer', 'null'] }, 'number'],
    [{ type: 'boolean' }, 'switch'],
    [{ enum: ['a', 1, null] }, 'select'],
    [{ oneOf: [{ const: 'a' }, { const: 'b' }] }, 'select'],
    [{ type: 'array', items: { type: 'string' } }, 'tags'],
    [{ type: 'array', items: { enum: ['a'] } }, 'multi'],
    [{ type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } }, 'rows'],
    [{ type: 'array', items: { type: 'array' } }, 'json'],
    [{ type: 'object', properties: { a: {} } }, 'object'],
    [{ type: 'object', additionalProperties: { type: 'string' } }, 'key-value'],
    [{ type: 'object' }, 'json'],
    [{ title: 'Anything' }, 'any'],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 'json'],
    [{ not: { type: 'string' } }, 'json'],
    [true, 'any'],
    ['nonsense', 'any'],
    [{ 'x-ui': 'nonsense', type: 'string' }, 'text'],
  ])('%j is shown as %s', (schema, widget) => expect(widgetOf(schema)).toBe(widget));

  it('follows references, through parts and in circles', () => {
    const root = {
      $defs: {
        Name: { type: 'string', title: 'Name' },
        Loop: { $ref: '#/$defs/Loop' },
        Tree: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/Tree' } } } },
      },
    };
    expect(widgetOf({ $ref: '#/$defs/Name' }, root)).toBe('text');
    expect(widgetOf({ allOf: [{ $ref: '#/$defs/Name' }], 'x-ui': { widget: 'model' } }, root)).toBe('model');
    expect(widgetOf({ $ref: '#/$defs/Loop' }, root)).toBe('any');
    expect(widgetOf({ $ref: 'https://elsewhere/#/x' }, root)).toBe('any');
    expect(widgetOf({ $ref: '#/$defs/__proto__/constructor' }, root)).toBe('any');
    expect(fieldsOf({ $ref: '#/$defs/Tree' }, root).map((field) => field.widget)).toEqual(['rows']);
    expect(blank({ $ref: '#/$defs/Tree' }, root)).toEqual({});
  });

  it('keeps what `null` says apart from the type', () => {
    const spec = specOf('x', { anyOf: [{ type: 'integer', minimum: 1 }, { type: 'null' }], default: null }, {}, false);
    expect(spec).toMatchObject({ nullable: true, kind: 'integer', fallback: null });
    expect(spec.schema.minimum).toBe(1);
  });

  it('does not ask for what can have one value only', () => {
    expect(fieldsOf({ properties: { language: { const: 'python' }, code: {} } }, {}).map((one) => one.name)).toEqual([
      'code',
    ]);
  });

  it('an unknown widget is shown by the value', () => {
    const spec = specOf('x', { type: 'string', 'x-ui': { widget: 'hologram' } }, {}, false);
    expect(spec.widget).toBe('hologram');
    expect(plainWidget(spec.schema, spec.kind, {})).toBe('text');
  });
});

describe('language_of', () => {
  const fields = fieldsOf(
    {
      properties: {
        language: { enum: ['python', 'javascript'], default: 'python' },
        code: { type: 'string', 'x-ui': { widget: 'code', language: 'python', language_of: 'language' } },
      },
    },
    {},
  );
  const said = (value: Schema) => inLanguage(fields[1] as FieldSpec, value, fields).hints.language;

  it('is what the other field says, or its default', () => {
    expect([said({}), said({ language: 'javascript' })]).toEqual(['python', 'javascript']);
    expect(inLanguage(fields[0] as FieldSpec, {}, fields)).toBe(fields[0]);
  });
});

describe('show_if', () => {
  const fields = fieldsOf(
    {
      properties: {
        method: { enum: ['GET', 'POST'], default: 'GET' },
        body: { type: 'string', 'x-ui': { show_if: { method: ['POST', 'PUT'] } } },
        odd: { type: 'string', 'x-ui': { show_if: 'always' } },
      },
    },
    {},
  );
  const shown = (value: Schema) => fields.filter((field) => isShown(field, value, fields)).map((field) => field.name);

  it('asks for a field by the values of its neighbours, or their defaults', () => {
    expect(shown({})).toEqual(['method', 'odd']);
    expect(shown({ method: 'POST' })).toEqual(['method', 'body', 'odd']);
    expect(shown({ method: 'GET' })).toEqual(['method', 'odd']);
  });
});

describe('a value to begin with', () => {
  it('takes defaults, first choices and what is required', () => {
    const schema = {
      type: 'object',
      required: ['name', 'kind', 'tags'],
      properties: {
        name: { type: 'string' },
        kind: { enum: ['a', 'b'] },
        tags: { type: 'array', items: { type: 'string' }, minItems: 1 },
        more: { type: 'string' },
      },
    };
    expect(blank(schema, {})).toEqual({ name: '', kind: 'a', tags: [''] });
  });
});
