/** Query factories of people and what they may: roles, groups, invitations, single sign-on, sessions, sharing. */
import { queryOptions } from '@tanstack/react-query';
import { api } from './client';
import { keys } from './keys';
import type {
  Access,
  Approver,
  Group,
  Invitation,
  List,
  Permission,
  Role,
  Security,
  SignedIn,
  SsoLink,
  SsoProvider,
} from './types';

const items =
  <Item>(path: string) =>
  ({ signal }: { signal: AbortSignal }) =>
    api.get<List<Item>>(path, { signal }).then((list) => list.items);

export const rolesQuery = queryOptions({ queryKey: keys.roles, queryFn: items<Role>('/roles') });
/** Part of the release: as they are for as long as the page is open. */
export const permissionsQuery = queryOptions({
  queryKey: keys.permissions,
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: items<Permission>('/permissions'),
});
export const groupsQuery = queryOptions({ queryKey: keys.groups, queryFn: items<Group>('/groups') });
/** Whom an approval can ask. */
export const approversQuery = queryOptions({ queryKey: keys.approvers, queryFn: items<Approver>('/approvers') });
export const invitationsQuery = queryOptions({
  queryKey: keys.invitations,
  queryFn: items<Invitation>('/invitations'),
});
export const ssoProvidersQuery = queryOptions({
  queryKey: keys.ssoProviders,
  queryFn: items<SsoProvider>('/sso-providers'),
});
export const ownSessionsQuery = queryOptions({
  queryKey: keys.ownSessions,
  queryFn: items<SignedIn>('/session/sessions'),
});
export const userSessionsQuery = (id: string) =>
  queryOptions({ queryKey: keys.userSessions(id), queryFn: items<SignedIn>(`/users/${id}/sessions`) });

export const securityQuery = queryOptions({
  queryKey: keys.security,
  queryFn: ({ signal }) => api.get<Security>('/security', { signal }),
});

export const ssoLinkQuery = queryOptions({
  queryKey: keys.ssoLink,
  queryFn: ({ signal }) => api.get<SsoLink>('/session/sso-link', { signal }),
});

/** Of an app or a dataset, by its path: `/apps/…`. */
export const accessQuery = (path: string) =>
  queryOptions({
    queryKey: keys.access(path),
    queryFn: ({ signal }) => api.get<Access>(`${path}/access`, { signal }),
  });
