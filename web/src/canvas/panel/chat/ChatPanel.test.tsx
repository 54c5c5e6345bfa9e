import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { keys } from '@/api/keys';
import type { InputField, Problem } from '@/api/types';
import type { Doc } from '../../graph/document';
import { toGraph } from '../../graph/document';
import { useEditor } from '../../graph/store';
import { words } from '../words';
import ChatPanel from './ChatPanel';
import { chatPointer } from './pointer';

const t = words.en;
const field = (name: string, type = 'string'): InputField => ({ name, type, required: true, label: null });

interface Given {
  doc?: Partial<Doc>;
  problems?: Problem[];
  fields?: InputField[];
  canEdit?: boolean;
}

function show({ doc, problems = [], fields = [field('query')], canEdit = true }: Given = {}) {
  act(() => {
    const types = { types: [], plugins: [], types_table: [] };
    useEditor.getState().open('app', { nodes: [], edges: [], ui: {}, ...doc }, { problems, ports: {} }, types, canEdit);
  });
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  client.setQueryData(keys.inputs('app', 'draft'), { fields, chat: null, question: 'query' });
  render(
    <QueryClientProvider client={client}>
      <ChatPanel onClose={() => {}} goTo={null} />
    </QueryClientProvider>,
  );
}

const chat = () => toGraph(useEditor.getState().whole).chat;
const fill = (label: string | RegExp, value: string) => {
  const control = screen.getByLabelText(label);
  fireEvent.change(control, { target: { value } });
  fireEvent.blur(control);
};
const undo = () => act(() => useEditor.getState().undo());

beforeEach(() => localStorage.clear());

describe('how an app chats', () => {
  it('is part of the graph, and undone like any change', async () => {
    show();
    expect(chat()).toBeUndefined();
    expect(screen.queryByLabelText(t.opening)).toBeNull();
    await userEvent.click(screen.getByRole('switch', { name: t.chatOn }));
    expect(chat()).toEqual({});
    fill(t.opening, 'Hello');
    fill(t.suggestions, 'What, and why?\n\nWho?');
    fill(t.memoryTurns, '0');
    expect(chat()).toEqual({ opening: 'Hello', suggestions: ['What, and why?', 'Who?'], memory_turns: 0 });
    undo();
    undo();
    expect(chat()).toEqual({ opening: 'Hello' });
    undo();
    undo();
    expect(chat()).toBeUndefined();
    act(() => useEditor.getState().redo());
    expect(screen.getByRole('switch', { name: t.chatOn }).getAttribute('aria-checked')).toBe('true');
  });

  it('keeps its settings when turning it off is undone, and leaves the graph that the canvas looks into', async () => {
    const inside = { nodes: [{ id: 'a', type: 'x', ui: {} }], edges: [], ui: {} };
    show({ doc: { chat: { opening: 'Hi' }, nodes: [{ id: 'each', type: 'y', config: { graph: inside } }] } });
    act(() => useEditor.getState().enter('each'));
    await userEvent.click(screen.getByRole('switch', { name: t.chatOn }));
    expect(useEditor.getState().focus).toEqual([]);
    expect(chat()).toBeUndefined();
    expect(useEditor.getState().whole.nodes[0]?.config?.graph).not.toHaveProperty('chat');
    undo();
    expect(chat()).toEqual({ opening: 'Hi' });
  });

  it('declares variables of the conversation', async () => {
    show({ doc: { chat: {} } });
    await userEvent.click(screen.getByRole('button', { name: /^Add/ }));
    fill(new RegExp(`^${t.variableName}`), 'topic');
    expect(toGraph(useEditor.getState().whole).conversation).toEqual([{ name: 'topic', type: 'string' }]);
  });

  it('asks where messages go only where there is a choice', () => {
    show({ doc: { chat: {} }, fields: [field('query'), field('n', 'number')] });
    expect(screen.queryByLabelText(t.question)).toBeNull();
    show({ doc: { chat: {} }, fields: [field('query'), field('tone')] });
    expect(screen.getByRole('combobox', { name: t.question }).textContent).toContain('query');
  });

  it('shows what is wrong, the browser before the server', async () => {
    const about = { code: 'chat_no_question', message: { en: 'It takes no text.' }, node: null, edge: null };
    show({ doc: { chat: { memory_turns: 500 } }, problems: [{ ...about, pointer: '/chat', severity: 'error' }] });
    expect(screen.getByRole('button', { name: /It takes no text/ }).textContent).toContain(t.error);
    expect(screen.getAllByText(/100 or less/i).length).toBeGreaterThan(0);
    expect(screen.getByLabelText(t.memoryTurns).getAttribute('aria-invalid')).toBe('true');
  });

  it('is only shown to those who may not change it', () => {
    show({ doc: { chat: { opening: 'Hi' } }, canEdit: false });
    expect(screen.getByRole('switch', { name: t.chatOn })).toHaveProperty('disabled', true);
    expect(screen.getByLabelText(t.opening)).toHaveProperty('disabled', true);
  });

  it('knows which problems are its own', () => {
    expect(chatPointer('/chat')).toBe('/chat');
    expect(chatPointer('/chat/suggestions/1')).toBe('/suggestions/1');
    expect(chatPointer('/conversation/0/name')).toBe('/conversation/0/name');
    expect(chatPointer('/chatter')).toBeNull();
    expect(chatPointer('/nodes/0/config')).toBeNull();
    expect(chatPointer(null)).toBeNull();
  });
});
