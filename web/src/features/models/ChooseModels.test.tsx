import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { api } from '@/api/client';
import type { Provider } from '@/api/types';
import { usePreferences } from '@/i18n';
import { ChooseModels } from './ChooseModels';

const provider: Provider = {
  id: 'prov_1',
  name: 'bank',
  base_url: 'http://gateway/v1',
  zone: 'local',
  models: [{ name: 'qwen-max', kind: 'chat', input_price: 2, output_price: null }],
  has_key: false,
  created_at: 1,
};

test('a price is kept, added and taken away; another kind of model has none', async () => {
  usePreferences.setState({ language: 'en' });
  const client = new QueryClient();
  client.setQueryData(['session'], { workspace: { id: 'w', name: 'w', currency: 'CNY' } });
  const patch = vi.spyOn(api, 'patch').mockResolvedValue(provider);
  const done = vi.fn();
  render(
    <QueryClientProvider client={client}>
      <ChooseModels
        provider={provider}
        test={{ ok: true, ms: 5, models: ['qwen-max', 'bge-m3-embedding'], error: null }}
        onClose={done}
      />
    </QueryClientProvider>,
  );
  const user = userEvent.setup();
  expect(screen.getByText(/CNY/)).toBeTruthy();
  await user.type(screen.getByLabelText('Price of a million tokens that qwen-max writes'), '8.5');
  await user.clear(screen.getByLabelText('Price of a million tokens that qwen-max reads'));
  await user.click(screen.getByLabelText('bge-m3-embedding'));
  expect(screen.queryByLabelText('Price of a million tokens that bge-m3-embedding reads')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Done' }));
  const none = { input_price: null, output_price: null };
  expect(patch).toHaveBeenCalledWith('/providers/prov_1', {
    models: [
      { name: 'qwen-max', kind: 'chat', input_price: null, output_price: 8.5 },
      { name: 'bge-m3-embedding', kind: 'embedding', ...none },
    ],
  });
});
