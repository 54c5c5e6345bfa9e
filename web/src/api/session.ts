/** Who is signed in, and whether there is anybody yet: all that the first screen asks. Their names in the cache are here,
 * not in `keys.ts`, which the first screen does without. */
import { queryOptions } from '@tanstack/react-query';
import { api, setCsrf } from './client';
import { ApiError } from './errors';
import type { Session } from './types';

/** The session, or null for someone who is not signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async () => {
    try {
      const session = await api.get<Session>('/session');
      setCsrf(session.csrf);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: () => api.get<{ needed: boolean; token_needed?: boolean }>('/setup'),
});
