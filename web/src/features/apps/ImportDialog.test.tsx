import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { usePreferences } from '@/i18n';
import { ImportDialog } from './ImportDialog';

it('says of the file that was chosen last what is wrong with it, and of no other', async () => {
  usePreferences.setState({ language: 'en' });
  const refusal = {
    error: { code: 'template_format_unknown', message: { en: 'It names no format.', zh: '没有注明格式。' } },
  };
  vi.stubGlobal(
    'fetch',
    vi.fn(async () => Response.json(refusal, { status: 422 })),
  );
  const router = createRouter({
    routeTree: createRootRoute({ component: () => <ImportDialog onClose={() => {}} /> }),
    history: createMemoryHistory(),
  });
  const client = new QueryClient();
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await screen.findByRole('dialog');
  const choose = (text: string) => {
    const input = document.querySelector<HTMLInputElement>('input[type=file]');
    // jsdom's files have no text().
    const file = Object.assign(new File([text], 'file.json', { type: 'application/json' }), { text: async () => text });
    return userEvent.upload(input as HTMLInputElement, file);
  };
  await choose('{"app": 1}');
  expect(await screen.findByText('It names no format.')).toBeTruthy();
  await choose('app:\n  mode: workflow');
  expect(await screen.findByText(/This is no template of Atoll/)).toBeTruthy();
  expect(screen.queryByText('It names no format.')).toBeNull();
  await choose('{"app": 1}');
  expect(await screen.findByText('It names no format.')).toBeTruthy();
  await waitFor(() => expect(screen.queryByText(/This is no template of Atoll/)).toBeNull());
});
