import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { sessionQuery } from '@/api/session';
import type { Session } from '@/api/types';
import { useAppPlaces } from './apps';

it.each([
  ['a builder', ['app.write', 'run.create'], 'workflow', 'use', 'design'],
  ['an analyst', ['run.create'], 'workflow', 'use', 'use'],
  ['an auditor', ['app.read'], 'workflow', undefined, 'design'],
  ['an auditor, of a chat', ['app.read'], 'chat', 'chat', 'chat'],
] as const)('%s is led to what they may do', (_, permissions, mode, use, opens) => {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  client.setQueryData(sessionQuery.queryKey, { permissions: [...permissions] as string[] } as Session);
  const { result } = renderHook(() => useAppPlaces({ mode }), {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  expect(result.current.use?.split('/').at(-1)).toBe(use);
  expect(result.current.opens.split('/').at(-1)).toBe(opens);
});
