import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/session';
import type { Checked, GraphNode, JsonSchema, NodeType, Problem, Scoped, Session } from '@/api/types';
import { terms } from '@/i18n/terms';
import { LevelTitles } from '@/ui/level';
import catalogue from '../../../../tests/architecture/node_types.json';
import { useEditor } from '../graph/store';
import PanelBody from './PanelBody';
import { words } from './words';

// The editor needs a browser's layout; what a field does with its text is the same without it.
vi.mock('./form/editor/TemplateEditor', () => import('./testEditor'));
vi.mock('./form/editor/CodeEditor', () => import('./testEditor'));

const TABLE = ['string', 'number', 'any'].map((type) => ({ type, into: ['any', type] }));
const real = catalogue as unknown as NodeType[];
const t = words.en;

function typeWith(properties: Record<string, unknown>, more: Partial<NodeType> = {}): NodeType {
  const [any] = real;
  if (!any) throw new Error('the catalogue is empty');
  const schema = { type: 'object', properties } as JsonSchema;
  return { ...any, type: 'test.node', inputs: [], outputs: [], schema, ...more };
}

interface Given {
  types: NodeType[];
  nodes: GraphNode[];
  problems?: Problem[];
  scope?: Scoped[];
  /** Of the workspace, whose secrets whoever looks may see and add to. */
  secrets?: string[];
}

function show({ types, nodes, problems = [], scope = [], secrets = [] }: Given) {
  const ports = Object.fromEntries(nodes.map((node) => [node.id, { inputs: [], outputs: [], branches: [] }]));
  const checked: Checked = { problems, ports };
  act(() => {
    useEditor
      .getState()
      .open('app', { nodes, edges: [], ui: {} }, checked, { types, plugins: [], types_table: TABLE }, true);
    useEditor.getState().select({ nodes: nodes.slice(0, 1).map((node) => node.id) });
  });
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  client.setQueryData(keys.models, { items: [], default_chat: null, default_embedding: null });
  client.setQueryData(keys.datasets, []);
  client.setQueryData(keys.levels, { levels: ['public', 'board'], titles: {} });
  client.setQueryData(keys.approvers, [
    { id: 'admin', name: 'Administrator', kind: 'role', mine: true },
    { id: 'group_1', name: 'Board', kind: 'group', mine: false },
  ]);
  const { checks } = useEditor.getState();
  for (const node of nodes) client.setQueryData(keys.scope('app', node.id, checks), { items: scope, secrets });
  client.setQueryData(sessionQuery.queryKey, { permissions: ['secret.read', 'secret.write'] } as Session);
  return render(
    <QueryClientProvider client={client}>
      <LevelTitles value={{ board: 'For the board' }}>
        <PanelBody onClose={() => {}} />
      </LevelTitles>
    </QueryClientProvider>,
  );
}

const one = (properties: Record<string, unknown>, config: Record<string, unknown>, more: Partial<Given> = {}) =>
  show({ types: [typeWith(properties)], nodes: [{ id: 'n_1', type: 'test.node', config }], ...more });

const config = () => useEditor.getState().doc.nodes[0]?.config;
const ui = (widget: string, more: object = {}) => ({ 'x-ui': { widget, ...more } });

beforeEach(() => localStorage.clear());

describe('every node type of the catalogue', () => {
  it.each(real.map((type) => [type.type, type] as const))('%s has a form', async (_, type) => {
    show({ types: [type], nodes: [{ id: 'n_1', type: type.type, config: structuredClone(type.defaults) }] });
    const names = Object.entries(type.schema.properties ?? {}).filter(([, field]) => !('const' in field));
    const advanced = screen.queryByRole('button', { name: new RegExp(t.advanced) });
    if (advanced) await userEvent.click(advanced);
    for (const [name, field] of names) {
      if (field['x-ui']?.show_if) continue;
      expect(document.querySelector(`[data-field="/${name}"]`), name).not.toBeNull();
    }
  });
});

describe('hostile schemas', () => {
  it.each([
    ['a widget nobody knows', { a: { type: 'string', ...ui('hologram') } }, { a: 'x' }],
    ['a widget for another type', { a: { type: 'object', ...ui('slider') } }, { a: { deep: 1 } }],
    ['rows without a shape', { a: { type: 'array', ...ui('rows') } }, { a: [1, 2] }],
    ['conditions without a shape', { a: { type: 'array', ...ui('conditions') } }, { a: [{ x: 1 }] }],
    ['a select without choices', { a: { type: 'string', ...ui('select') } }, { a: 'x' }],
    ['a schema that is a word', { a: 'nonsense' }, { a: { b: [1] } }],
    ['a circle', { a: { $ref: '#/properties/a' } }, {}],
    [
      'hints of the wrong type',
      { a: { type: 'string', 'x-ui': { label: 3, rows: 'x', options: {}, show_if: 1 } } },
      {},
    ],
    ['text where a list is meant', { a: { type: 'array', items: { type: 'string' } } }, { a: 'x' }],
    ['a bad pattern', { a: { type: 'string', pattern: '(' } }, { a: 'x' }],
  ])('%s is still a field', (_, properties, value) => {
    one(properties as Record<string, unknown>, value);
    const field = document.querySelector('[data-field="/a"]');
    expect(field?.querySelector('input, textarea, button')).not.toBeNull();
    expect(config()).toEqual(value);
  });

  it('a node of an unknown type keeps its data and shows it', async () => {
    show({ types: [], nodes: [{ id: 'n_1', type: 'gone.node', config: { a: [1] } }] });
    const field = await screen.findByRole('textbox', { name: 'JSON' });
    expect(JSON.parse((field as HTMLTextAreaElement).value)).toEqual({ a: [1] });
  });
});

describe('text that is typed', () => {
  it('is handed on once it rests, as one edit', async () => {
    one({ a: { type: 'string' } }, { a: '' });
    await userEvent.type(screen.getByRole('textbox', { name: 'a' }), 'abc');
    expect(config()).toEqual({ a: '' });
    await vi.waitFor(() => expect(config()).toEqual({ a: 'abc' }), 1000);
    expect(useEditor.getState().history.past).toHaveLength(1);
  });

  it('is handed on at once when the field is left', async () => {
    one({ a: { type: 'string' } }, {});
    await userEvent.type(screen.getByRole('textbox', { name: 'a' }), 'abc');
    await userEvent.tab();
    expect(config()).toEqual({ a: 'abc' });
  });

  it('is not lost when another node is selected', async () => {
    one({ a: { type: 'string' } }, {});
    await userEvent.type(screen.getByRole('textbox', { name: 'a' }), 'abc');
    act(() => useEditor.getState().select({}));
    expect(config()).toEqual({ a: 'abc' });
  });

  it('gives way to undo', async () => {
    one({ a: { type: 'string' } }, { a: 'first' });
    const field = screen.getByRole('textbox', { name: 'a' });
    await userEvent.clear(field);
    await userEvent.type(field, 'second');
    await userEvent.tab();
    act(() => useEditor.getState().undo());
    expect(field).toHaveProperty('value', 'first');
    act(() => useEditor.getState().redo());
    expect(field).toHaveProperty('value', 'second');
  });

  it('that is no number is said so and not kept', async () => {
    one({ a: { type: 'number', maximum: 5 } }, { a: 1 });
    const field = screen.getByRole('spinbutton', { name: 'a' });
    await userEvent.clear(field);
    await userEvent.type(field, '1.');
    await userEvent.tab();
    expect([field.getAttribute('value'), config()]).toEqual(['1.', { a: 1 }]);
    await userEvent.type(field, 'x');
    expect(screen.getByText(t.faultNumber)).toBeTruthy();
    await userEvent.clear(field);
    await userEvent.type(field, '９');
    await userEvent.tab();
    expect(config()).toEqual({ a: 9 });
    expect(field.getAttribute('aria-describedby')).toBeTruthy();
    expect(screen.getAllByText('Must be 5 or less.')).toHaveLength(1);
  });
});

describe('faults', () => {
  const problem: Problem = {
    code: 'name_unknown',
    message: { en: 'Nothing gives “x”.', zh: '' },
    pointer: '/nodes/7/config/a',
    node: 'n_1',
    edge: null,
    severity: 'error',
  };

  it('of the checker are under their field and lead to it', async () => {
    one({ a: { type: 'string', 'x-ui': { advanced: true } } }, {}, { problems: [problem] });
    await userEvent.click(within(screen.getByRole('list', { name: t.problems })).getByRole('button'));
    const field = await screen.findByRole('textbox', { name: 'a' });
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
    const said = document.getElementById(field.getAttribute('aria-describedby') ?? '');
    expect(said?.textContent).toBe('Nothing gives “x”.');
  });

  it('do not take the focus again in the next node', async () => {
    const nodes = ['n_1', 'n_2'].map((id) => ({ id, type: 'test.node', config: {} }));
    show({ types: [typeWith({ a: { type: 'string' } })], nodes, problems: [problem] });
    await userEvent.click(within(screen.getByRole('list', { name: t.problems })).getByRole('button'));
    act(() => useEditor.getState().select({ nodes: ['n_2'] }));
    expect(document.activeElement).toBe(document.body);
  });

  it('inside a folded row open it', async () => {
    const item = {
      type: 'object',
      properties: { id: { type: 'string' }, text: { type: 'string' }, more: { type: 'string' } },
    };
    const pointer = '/nodes/0/config/a/1/text';
    one(
      { a: { type: 'array', items: item } },
      { a: [{ id: 'one' }, { id: 'two' }] },
      { problems: [{ ...problem, pointer }] },
    );
    await userEvent.click(within(screen.getByRole('list', { name: t.problems })).getByRole('button'));
    const field = await screen.findByRole('textbox', { name: 'text' });
    await vi.waitFor(() => expect(document.activeElement).toBe(field));
  });
});

describe('a list of objects', () => {
  const item = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string' },
      note: { type: 'string', maxLength: 2000 },
      on: { type: 'boolean', default: true },
    },
  };
  it('is added to, ordered and cut', async () => {
    one({ classes: { type: 'array', items: item } }, { classes: [{ id: 'a', kept: 1 }] });
    await userEvent.click(screen.getByRole('button', { name: 'Add to “classes”' }));
    await userEvent.type(screen.getByRole('textbox', { name: 'Id' }), 'b');
    await userEvent.tab();
    expect(config()).toEqual({ classes: [{ id: 'a', kept: 1 }, { id: 'b' }] });
    await userEvent.click(screen.getByRole('button', { name: 'Move “b”' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: t.moveUp }));
    expect(config()).toEqual({ classes: [{ id: 'b' }, { id: 'a', kept: 1 }] });
    // What was open stays open, and keeps its text.
    expect(screen.getByRole('textbox', { name: 'Id' })).toHaveProperty('value', 'b');
    await userEvent.click(screen.getByRole('button', { name: 'Remove “b”' }));
    expect(config()).toEqual({ classes: [{ id: 'a', kept: 1 }] });
  });
});

describe('conditions', () => {
  const type = real.find((one) => JSON.stringify(one.schema).includes('"conditions"'));
  const start = { cases: [{ id: 'true', logic: 'and', clauses: [{ variable: 'age', operator: 'is', value: 3 }] }] };
  const scope = [
    { name: 'age', type: 'number', from: 'a' },
    { name: 'city', type: 'string', from: 'a' },
  ];
  const showCases = () => {
    if (!type) throw new Error('no type has conditions');
    show({ types: [type], nodes: [{ id: 'n_1', type: type.type, config: start }], scope });
  };
  const cases = () => (config()?.cases ?? []) as { id: string; logic: string; clauses: unknown[] }[];

  it('take names in scope, and values of their type', async () => {
    showCases();
    expect(screen.getByRole('spinbutton', { name: t.value })).toHaveProperty('value', '3');
    await userEvent.click(screen.getByRole('combobox', { name: t.variable }));
    await userEvent.click(screen.getByRole('option', { name: /city/ }));
    expect(cases()[0]?.clauses).toEqual([{ variable: 'city', operator: 'is', value: '3' }]);
    await userEvent.type(screen.getByRole('textbox', { name: t.value }), '00');
    await userEvent.tab();
    expect(cases()[0]?.clauses).toEqual([{ variable: 'city', operator: 'is', value: '300' }]);
  });

  it('grow by clauses and cases with ids of their own', async () => {
    showCases();
    await userEvent.click(screen.getByRole('button', { name: t.addClause }));
    await userEvent.click(screen.getByRole('button', { name: t.allHold }));
    await userEvent.click(screen.getByRole('button', { name: t.addCase }));
    expect(cases().map(({ id, logic, clauses }) => [id, logic, clauses.length])).toEqual([
      ['true', 'or', 2],
      ['case_2', 'and', 1],
    ]);
  });
});

describe('variables', () => {
  it('are put into a template from the list', async () => {
    const scope = [{ name: 'find_1.text', type: 'string', from: 'find_1' }];
    one({ p: { type: 'string', ...ui('prompt') } }, { p: 'Ask: ' }, { scope });
    await screen.findByTestId('editor');
    await userEvent.click(screen.getByRole('button', { name: 'Insert variable into “p”' }));
    await userEvent.type(screen.getByRole('combobox', { name: t.searchVariables }), 'find{Enter}');
    await vi.waitFor(() => expect(config()).toEqual({ p: 'Ask: {{ find_1.text }}' }));
  });
});

describe('secrets', () => {
  const held = (widget: string, type = 'string') => ({ p: { type, ...ui(widget, { secrets: true }) } });
  const secrets = ['API_TOKEN', 'API_USER', 'MAIL'];

  it.each([
    ['text', 'a {{{{ secrets.API_T{Enter}', 'a {{ secrets.API_TOKEN }}'],
    ['textarea', '{{{{s{ArrowDown}{Tab}', '{{ secrets.API_USER }}'],
    ['textarea', '{{{{ secrets.m{Escape}', '{{ secrets.m'],
  ])('are offered in a %s while one is typed, by the keyboard', async (widget, keysTyped, text) => {
    one(held(widget), { p: '' }, { secrets });
    await userEvent.type(screen.getByRole('textbox', { name: 'p' }), keysTyped);
    await userEvent.tab();
    expect(config()).toEqual({ p: text });
  });

  it('are offered in the values of headers, and nowhere in a field that may hold none', async () => {
    one({ ...held('key-value', 'object'), q: { type: 'string', ...ui('text') } }, { p: { A: '' }, q: '' }, { secrets });
    await userEvent.type(screen.getByRole('textbox', { name: 'p, value 1' }), '{{{{ sec');
    await userEvent.click(screen.getByRole('option', { name: /MAIL/ }));
    await userEvent.tab();
    expect(config()?.p).toEqual({ A: '{{ secrets.MAIL }}' });
    await userEvent.type(screen.getByRole('textbox', { name: 'q' }), '{{{{ secrets.');
    expect(screen.queryByRole('option')).toBeNull();
  });

  it('lead to their page where there are none', async () => {
    one(held('text'), { p: '' });
    await userEvent.type(screen.getByRole('textbox', { name: 'p' }), '{{{{ ');
    expect(screen.getByText(t.noSecrets)).toBeTruthy();
    expect(screen.getByRole('link', { name: t.addFirstSecret })).toHaveProperty('pathname', '/secrets');
  });

  it('are in the list beside a template that may hold them', async () => {
    one(held('template'), { p: '' }, { secrets });
    await screen.findByTestId('editor');
    await userEvent.click(screen.getByRole('button', { name: 'Insert variable into “p”' }));
    await userEvent.type(screen.getByRole('combobox', { name: t.searchVariables }), 'mail{Enter}');
    await vi.waitFor(() => expect(config()).toEqual({ p: '{{ secrets.MAIL }}' }));
  });
});

it('shows the rows that hold while none are written, and adds to those', async () => {
  const items = { type: 'object', properties: { kind: { type: 'string', ...ui('text') } } };
  one({ rules: { type: 'array', items, default: [{ kind: 'mobile' }], ...ui('objects') } }, {});
  expect(screen.getByDisplayValue('mobile')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Add to “rules”' }));
  expect(config()?.rules).toMatchObject([{ kind: 'mobile' }, {}]);
});

it('offers the levels of the workspace by what it calls them, and keeps one that is none of them', async () => {
  const none = { en: 'The label stays', zh: '标签不变' };
  one({ level: { type: 'string', default: '', ...ui('level', { none }) } }, { level: 'top secret' });
  const field = screen.getByRole('combobox', { name: 'level' });
  expect(field.textContent).toBe('top secret');
  await userEvent.click(field);
  const offered = screen.getAllByRole('option').map((option) => option.textContent);
  expect(offered).toEqual([none.en, 'Public', 'For the board', 'top secret']);
  expect(screen.getByText(terms.en.level_unknown)).toBeTruthy();
  await userEvent.click(screen.getByRole('option', { name: 'For the board' }));
  expect(screen.queryByText(terms.en.level_unknown)).toBeNull();
  expect(config()).toEqual({ level: 'board' });
  await userEvent.click(field);
  await userEvent.click(screen.getByRole('option', { name: none.en }));
  expect(config()?.level).toBeUndefined();
});

it('offers the roles and groups of the workspace by name, and keeps who is gone until they are taken out', async () => {
  const schema = { roles: { type: 'array', items: { type: 'string' }, ...ui('approvers') } };
  one(schema, { roles: ['group_gone'] });
  await userEvent.click(screen.getByRole('checkbox', { name: /Board/ }));
  await userEvent.click(screen.getByRole('checkbox', { name: new RegExp(t.approverGone) }));
  await userEvent.click(screen.getByRole('checkbox', { name: /Administrator/ }));
  expect(config()).toEqual({ roles: ['group_1', 'admin'] });
});

describe('settings of the node itself', () => {
  it('are written where the graph has them, and defaults are left out', async () => {
    one({}, {});
    await userEvent.click(screen.getByRole('button', { name: new RegExp(t.advanced) }));
    const attempts = screen.getByRole('spinbutton', { name: t.attempts });
    await userEvent.type(attempts, '3');
    await userEvent.tab();
    expect(useEditor.getState().doc.nodes[0]).toMatchObject({ retry: { attempts: 3 } });
    expect(screen.getByRole('spinbutton', { name: t.delay })).toBeTruthy();
    await userEvent.clear(attempts);
    await userEvent.tab();
    expect(useEditor.getState().doc.nodes[0]?.retry).toBeUndefined();
  });
});

it('with nothing selected says what comes next', () => {
  show({ types: [], nodes: [] });
  expect(screen.getByText(t.startTitle)).toBeTruthy();
});
