/** Query factories of the audit records. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';
import type { AuditAction, AuditCheck, AuditPage, List } from './types';

export interface AuditFilter {
  q?: string;
  action?: string;
  actor?: string;
  target?: string;
  outcome?: string;
  since?: number;
  until?: number;
}

const PAGE = 50;

/** The newest first. */
export const auditQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.auditRecords(filter),
    initialPageParam: null as AuditPage['next'],
    queryFn: ({ pageParam, signal }) =>
      api.get<AuditPage>('/audit', { query: { ...filter, before: pageParam, limit: PAGE }, signal }),
    getNextPageParam: (page) => page.next,
  });

export const auditActionsQuery = queryOptions({
  queryKey: keys.auditActions,
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => api.get<List<AuditAction>>('/audit/actions', { signal }).then((list) => list.items),
});

/** Reads the whole chain on the server: asked when the page is opened and when somebody asks, never by itself. */
export const auditCheckQuery = queryOptions({
  queryKey: keys.auditCheck,
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  queryFn: ({ signal }) => api.get<AuditCheck>('/audit/check', { signal }),
});
