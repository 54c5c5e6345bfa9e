import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/session';
import type { Approver, AskForm, Pause, Session } from '@/api/types';
import { words } from '../words';
import ApprovalForm from './ApprovalForm';

const t = words.en;

function show(roles: string[], approvers: Approver[], form: AskForm = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  const session = { user: { role: 'analyst' }, permissions: ['run.create'] } as Session;
  client.setQueryData(sessionQuery.queryKey, session);
  client.setQueryData(keys.approvers, approvers);
  const pause = { reason: 'approval', node: 'ask', asks: { form, roles, until: null } } as unknown as Pause;
  render(
    <QueryClientProvider client={client}>
      <ApprovalForm runId="run_1" pause={pause} title="Sign" />
    </QueryClientProvider>,
  );
}

const role: Approver = { id: 'analyst', name: 'Analyst', kind: 'role', mine: true };
const board: Approver = { id: 'group_1', name: 'Board', kind: 'group', mine: false };

it('says by name who is asked, and lets only them answer', () => {
  show(['group_1', 'group_gone'], [role, board]);
  expect(screen.getByText(`May answer: Board, ${t.approverGone}`)).toBeTruthy();
  expect(screen.getByText(t.mayNotAnswer)).toBeTruthy();
  expect(screen.queryByRole('button')).toBeNull();
});

it.each([
  ['a member of the group', ['group_1'], [role, { ...board, mine: true }]],
  ['whoever has the role', ['analyst'], [role, board]],
  ['anybody where nobody is named', [], []],
])('is answered by %s', (_, roles, approvers) => {
  show(roles, approvers);
  expect(screen.getByRole('button')).toBeTruthy();
});

it('says what is released, as what and by which choice, and shows what the message does not', () => {
  const releases = { choice: 'yes', level: 'internal', tags: ['pii'], text: 'All of the file' };
  show([], [], { text: 'May it go?', choices: [{ id: 'yes', label: 'Let it go' }], releases });
  expect(screen.getByText('“Let it go” releases it as')).toBeTruthy();
  expect(screen.getByText('Internal · pii')).toBeTruthy();
  expect(screen.getByText('All of the file')).toBeTruthy();
});
