import { afterEach, expect, test, vi } from 'vitest';
import { api, setCsrf } from './client';

afterEach(() => vi.unstubAllGlobals());

function answering() {
  const asked = vi.fn(async (_url: string, _init: RequestInit) => new Response('{}', { status: 200 }));
  vi.stubGlobal('fetch', asked);
  return (at: number) => asked.mock.calls[at]?.[1].headers as Record<string, string>;
}

test('what is changed says that it came from here, and begins a trace of its own', async () => {
  const headers = answering();
  setCsrf('token');
  await api.post('/apps/a/runs', {});
  await api.post('/apps/a/runs', {});
  await api.get('/apps');
  expect(headers(0)?.['X-Atoll-CSRF']).toBe('token');
  expect(headers(0)?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  expect(headers(1)?.traceparent).not.toBe(headers(0)?.traceparent);
  expect(headers(2)).not.toHaveProperty('traceparent');
});
