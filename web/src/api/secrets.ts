/** Query factories of named secrets and of the keys that seal them. */
import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';
import type { List, Secret, SecretKeys } from './types';

export const secretsQuery = queryOptions({
  queryKey: keys.secrets,
  queryFn: ({ signal }) => api.get<List<Secret>>('/secrets', { signal }).then((list) => list.items),
});

export const secretKeysQuery = queryOptions({
  queryKey: keys.secretKeys,
  queryFn: ({ signal }) => api.get<SecretKeys>('/secrets/keys', { signal }),
});
