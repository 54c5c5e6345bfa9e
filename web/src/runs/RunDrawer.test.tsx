import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionQuery } from '@/api/session';
import type { InputField, Problem, RunEvent } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { usePreferences } from '@/i18n';
import RunDrawer from './RunDrawer';
import { useRun } from './store';

vi.mock('@tanstack/react-router', () => ({ Link: ({ children }: { children: string }) => <a href="/">{children}</a> }));

const FIELDS: InputField[] = [{ name: 'q', type: 'string', required: true, label: { en: 'Question' } }];
const EVENTS: Omit<RunEvent, 'at'>[] = [
  { seq: 1, type: 'run.started', node: null, data: { inputs: { q: 'why?' } } },
  { seq: 2, type: 'node.started', node: 'ask', data: { attempt: 1 } },
  { seq: 0, type: 'node.delta', node: 'ask', data: { text: 'Because', offset: 0, answer: true } },
];
const ERROR = { code: 'model_timeout', message: { en: 'It took too long.' } };
const FAILED: typeof EVENTS = [
  ...EVENTS,
  { seq: 3, type: 'node.failed', node: 'ask', data: { error: ERROR, handled: 'stop' } },
  { seq: 4, type: 'run.failed', node: 'ask', data: { error: ERROR } },
];

const problem = (code: string, severity: Problem['severity'], node: string): Problem => ({
  code,
  severity,
  node,
  edge: null,
  pointer: '',
  message: { en: `Solve ${code}.` },
});

let sent: { path: string; body: unknown }[] = [];

/** A server that starts run_1 and streams `events`, then says nothing more. */
function serve(events: typeof EVENTS) {
  sent = [];
  const json = (body: unknown, status = 200) => Promise.resolve(new Response(JSON.stringify(body), { status }));
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    const path = url.replace('/api/v1', '');
    if (init.method === 'POST') sent.push({ path, body: JSON.parse(String(init.body)) });
    if (path.endsWith('/events')) {
      const text = events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify({ at: 1, ...event })}\n\n`).join('');
      const stream = new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode(text)) });
      return Promise.resolve(new Response(stream));
    }
    if (path.endsWith('/graph')) return json({ nodes: [{ id: 'ask', type: 't', title: 'Ask it' }], edges: [] });
    if (path === '/node-types') return json({ types: [], plugins: [], types_table: [] });
    return json({ id: 'run_1', status: 'failed', citations: [], models: [], outputs: null, error: null, inputs: {} });
  });
}

function Harness(props: Partial<Parameters<typeof RunDrawer>[0]>) {
  const { beforeRun = async () => true, onNodePicked = () => {}, onProblemPicked = () => {} } = props;
  const [open, setOpen] = useState(false);
  return (
    <RunDrawer
      appId="app_1"
      inputs={FIELDS}
      open={open}
      onOpenChange={setOpen}
      {...{ beforeRun, onNodePicked, onProblemPicked }}
    />
  );
}

function draw(props: Parameters<typeof Harness>[0] = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  client.setQueryData<unknown>(sessionQuery.queryKey, { permissions: ['run.create', 'app.write'], csrf: '' });
  render(
    <QueryClientProvider client={client}>
      <Harness {...props} />
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
  usePreferences.setState({ language: 'en' });
  useEditor.setState({ problems: [] });
  vi.stubGlobal('requestAnimationFrame', (then: () => void) => setTimeout(then, 0));
  serve(EVENTS);
});

describe('running', () => {
  it('opens for Ctrl Enter from anywhere, and goes to what must be filled in', async () => {
    draw();
    expect(screen.queryByLabelText('Question')).toBeNull();
    await userEvent.keyboard('{Control>}{Enter}{/Control}');
    const box = await screen.findByLabelText('Question');
    await waitFor(() => expect(document.activeElement).toBe(box));
    expect(sent).toEqual([]);
  });

  it('runs the draft, streams the answer and lights the canvas up', async () => {
    draw();
    await userEvent.click(screen.getByRole('tab', { name: 'Run' }));
    await userEvent.type(screen.getByLabelText('Question'), 'why?{Control>}{Enter}{/Control}');
    expect(await screen.findByText('Because')).toBeTruthy();
    expect(sent).toEqual([{ path: '/apps/app_1/runs', body: { inputs: { q: 'why?' }, version: 'draft' } }]);
    expect(useRun.getState()).toMatchObject({ runId: 'run_1', view: { nodes: { ask: { status: 'running' } } } });
    await userEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(sent.at(-1)?.path).toBe('/runs/run_1/cancel');
  });

  it('says in words what failed and leads to the node', async () => {
    serve(FAILED);
    const onNodePicked = vi.fn();
    draw({ onNodePicked });
    await userEvent.click(screen.getByRole('tab', { name: 'Run' }));
    await userEvent.type(screen.getByLabelText('Question'), 'why?{Control>}{Enter}{/Control}');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('It took too long.');
    await userEvent.click(within(alert).getByRole('button', { name: 'Open the node' }));
    expect(onNodePicked).toHaveBeenCalledWith('ask');
  });

  it('shows the problems where the draft cannot run, and keeps what was entered', async () => {
    const problems = [problem('a', 'error', 'ask')];
    useEditor.setState({ problems, said: { problems, ports: {}, edgeIds: [] } });
    draw({ beforeRun: async () => false });
    await userEvent.click(screen.getByRole('tab', { name: 'Run' }));
    await userEvent.type(screen.getByLabelText('Question'), 'why?{Control>}{Enter}{/Control}');
    expect(await screen.findByText('Solve a.')).toBeTruthy();
    expect(sent).toEqual([]);
    await userEvent.click(screen.getByRole('tab', { name: 'Run' }));
    expect(screen.getByLabelText<HTMLTextAreaElement>('Question').value).toBe('why?');
  });
});

it('stays with what was entered where the draft could not be saved', async () => {
  useEditor.setState({ problems: [], said: { problems: [], ports: {}, edgeIds: [] } });
  const beforeRun = vi.fn(async () => false);
  draw({ beforeRun });
  await userEvent.click(screen.getByRole('tab', { name: 'Run' }));
  await userEvent.type(screen.getByLabelText('Question'), 'why?{Control>}{Enter}{/Control}');
  await vi.waitFor(() => expect(beforeRun).toHaveBeenCalled());
  expect(screen.getByLabelText<HTMLTextAreaElement>('Question').value).toBe('why?');
});

describe('problems', () => {
  it('are walked by F8, errors first, and round at the end', async () => {
    useEditor.setState({ problems: [problem('w', 'warning', 'n1'), problem('e', 'error', 'n2')] });
    const onProblemPicked = vi.fn();
    draw({ onProblemPicked });
    await userEvent.keyboard('{F8}{F8}{F8}{Shift>}{F8}{/Shift}');
    expect(onProblemPicked.mock.calls.map(([{ node }]) => node)).toEqual(['n2', 'n1', 'n2', 'n1']);
    expect(screen.getByRole('tab', { name: /Problems/ }).getAttribute('aria-selected')).toBe('true');
    await userEvent.click(screen.getByRole('button', { name: /Solve e/ }));
    expect(onProblemPicked.mock.lastCall?.[0].node).toBe('n2');
  });
});

describe('height', () => {
  it('moves by arrow keys and is remembered', async () => {
    draw();
    await userEvent.click(screen.getByRole('button', { name: 'Unfold the drawer' }));
    const edge = screen.getByRole('separator');
    const before = Number(edge.getAttribute('aria-valuenow'));
    edge.focus();
    await userEvent.keyboard('{ArrowUp}');
    expect(Number(edge.getAttribute('aria-valuenow'))).toBe(before + 32);
    expect(localStorage.getItem('atoll.drawer')).toBe(String(before + 32));
    await userEvent.keyboard('{Home}');
    expect(edge.getAttribute('aria-valuenow')).toBe(edge.getAttribute('aria-valuemin'));
  });
});
