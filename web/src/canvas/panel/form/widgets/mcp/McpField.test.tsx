import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { McpLookup } from '@/api/types';
import catalogue from '../../../../../../../tests/architecture/node_types.json';
import { SchemaForm } from '../../SchemaForm';
import type { Schema } from '../../schema';
import { words } from './words';

const t = words.en;
const schema = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Its name' } },
  required: ['city'],
};
const forecast = { name: 'forecast', title: 'Forecast', description: 'The weather.', input_schema: schema };
const LOOKUP: McpLookup = {
  protocol: '2026-07-28',
  tools: [
    { ...forecast, idempotent: true, read_only: true },
    { ...forecast, name: 'book', description: '', idempotent: false, read_only: false },
  ],
  left_out: [{ name: 'odd', reason: { en: 'Its arguments are no object', zh: '参数不是对象' } }],
  more: false,
};

/** The first field of the real catalogue that is drawn so, with one tool or many. */
function schemaOf(one: boolean): Schema {
  const places = (
    catalogue as unknown as { schema: { properties?: Record<string, Schema>; $defs?: Record<string, Schema> } }[]
  )
    .flatMap(({ schema: whole }) =>
      [whole, ...Object.values(whole.$defs ?? {})].map((part) => ({ whole, fields: part.properties as object })),
    )
    .flatMap(({ whole, fields }) => Object.values(fields ?? {}).map((field) => ({ whole, field: field as Schema })));
  const place = places.find(({ field }) => {
    const hints = field['x-ui'] as { widget?: string; one?: boolean } | undefined;
    return hints?.widget === 'mcp' && (hints.one === true) === one;
  });
  if (!place) throw new Error('no field of the catalogue is an MCP server');
  const { show_if: _, ...hints } = place.field['x-ui'] as Record<string, unknown>;
  return { $defs: place.whole.$defs, type: 'object', properties: { server: { ...place.field, 'x-ui': hints } } };
}

let value: Record<string, unknown> = {};

function Stage({ one, start, readOnly }: { one: boolean; start: object; readOnly: boolean }) {
  const [now, setNow] = useState<Record<string, unknown>>({ server: start });
  value = now;
  return (
    <SchemaForm
      schema={schemaOf(one)}
      value={now}
      onField={(name, next) => setNow((before) => ({ ...before, [name]: next }))}
      readOnly={readOnly}
      scope={[]}
      inputs={[]}
      types={[]}
      sample={() => undefined}
      errors={new Map()}
      reveal={null}
    />
  );
}

const answers = (...replies: [number, unknown][]) => {
  const asked = vi.fn<typeof fetch>();
  for (const [status, body] of replies) asked.mockResolvedValueOnce(new Response(JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', asked);
  return asked;
};

const show = (start: object = {}, { one = false, readOnly = false } = {}) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Stage one={one} start={start} readOnly={readOnly} />
    </QueryClientProvider>,
  );
const server = () => value.server as { url: string; protocol: string; tools: { name: string }[] };
const names = () => server().tools.map((tool) => tool.name);

afterEach(() => vi.unstubAllGlobals());

describe('the tools of a server', () => {
  it('are looked up with the headers, and kept with what the model is told', async () => {
    const asked = answers([200, LOOKUP]);
    show({ headers: { Authorization: 'Bearer k' } });
    await userEvent.type(screen.getByRole('textbox', { name: t.address }), 'https://x.example/mcp{Enter}');
    await userEvent.click(await screen.findByRole('checkbox', { name: 'forecast' }));
    expect(JSON.parse(String(asked.mock.calls[0]?.[1]?.body))).toEqual({
      url: 'https://x.example/mcp',
      headers: { Authorization: 'Bearer k' },
    });
    expect(server()).toEqual({
      url: 'https://x.example/mcp',
      headers: { Authorization: 'Bearer k' },
      protocol: '2026-07-28',
      tools: [{ name: 'forecast', description: 'The weather.', input_schema: schema, idempotent: true }],
    });
    await userEvent.click(screen.getByRole('button', { name: t.about.replace('{name}', 'forecast') }));
    expect(screen.getByText(t.told)).toBeTruthy();
    expect(within(screen.getByRole('group', { name: /MCP/ })).getByText('Its name')).toBeTruthy();
    await userEvent.click(screen.getByRole('switch', { name: t.repeatSwitch }));
    expect(server().tools[0]).toMatchObject({ name: 'forecast', idempotent: false });
  });

  it('are chosen all at once, and none', async () => {
    answers([200, LOOKUP]);
    show({ url: 'https://x.example' });
    await userEvent.click(screen.getByRole('button', { name: t.lookUp }));
    await userEvent.click(await screen.findByRole('button', { name: t.chooseAll }));
    expect(names()).toEqual(['forecast', 'book']);
    await userEvent.click(screen.getByRole('button', { name: t.chooseNone }));
    expect(names()).toEqual([]);
    expect(screen.getByText('Its arguments are no object')).toBeTruthy();
  });

  it('are one where one is asked for', async () => {
    answers([200, LOOKUP]);
    show({ url: 'https://x.example' }, { one: true });
    await userEvent.click(screen.getByRole('button', { name: t.lookUp }));
    await userEvent.click(await screen.findByRole('radio', { name: 'forecast' }));
    await userEvent.click(screen.getByRole('radio', { name: 'book' }));
    expect(names()).toEqual(['book']);
    expect(screen.queryByRole('button', { name: t.chooseAll })).toBeNull();
  });

  it('stay as they were told until people take over what is new', async () => {
    answers([200, LOOKUP]);
    const old = { name: 'forecast', description: 'Old words.', input_schema: schema, idempotent: true };
    show({ url: 'https://x.example', tools: [old, { ...old, name: 'lost' }] });
    await userEvent.click(screen.getByRole('button', { name: t.lookUpAgain }));
    expect(await screen.findByText(t.gone)).toBeTruthy();
    expect(server().tools[0]).toEqual(old);
    await userEvent.click(screen.getByRole('button', { name: t.about.replace('{name}', 'forecast') }));
    await userEvent.click(screen.getByRole('button', { name: t.takeOver }));
    expect(server().tools[0]).toMatchObject({ name: 'forecast', description: 'The weather.' });
    expect(screen.queryByText(t.changed)).toBeNull();
  });

  it('of another address are not shown', async () => {
    answers([200, LOOKUP]);
    show({ url: 'https://x.example' });
    await userEvent.click(screen.getByRole('button', { name: t.lookUp }));
    await screen.findByRole('checkbox', { name: 'book' });
    await userEvent.type(screen.getByRole('textbox', { name: t.address }), '/more');
    await userEvent.tab();
    expect(screen.queryByRole('checkbox', { name: 'book' })).toBeNull();
  });

  it('that can not be had are an error in words', async () => {
    const message = { en: 'There is no MCP server at this address.', zh: '该地址没有 MCP 服务器。' };
    answers([422, { error: { code: 'mcp_not_spoken', message, pointer: null, params: {} } }], [200, LOOKUP]);
    show({ url: 'https://x.example' });
    await userEvent.click(screen.getByRole('button', { name: t.lookUp }));
    expect((await screen.findByRole('alert')).textContent).toContain(message.en);
    await userEvent.click(screen.getByRole('button', { name: t.lookUp }));
    expect(await screen.findByRole('checkbox', { name: 'book' })).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('can be read but not changed by those who only look', () => {
    show({ url: 'https://x.example', tools: [{ ...forecast, idempotent: true }] }, { readOnly: true });
    expect(screen.getByRole('checkbox', { name: 'forecast' })).toHaveProperty('disabled', true);
    expect(screen.getByRole('button', { name: t.lookUpAgain })).toHaveProperty('disabled', true);
    expect(screen.getByRole('textbox', { name: t.address })).toHaveProperty('disabled', true);
  });
});
