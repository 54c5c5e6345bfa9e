/** Names for the ids in records, as far as the person who looks may see what they stand for. */
import { useQuery } from '@tanstack/react-query';
import { groupsQuery, rolesQuery } from '@/api/people';
import { apiKeysQuery, appsQuery, datasetsQuery, providersQuery, usersQuery } from '@/api/queries';
import { secretsQuery } from '@/api/secrets';
import { useCan } from '@/lib/session';

export function useNames() {
  const can = useCan();
  const users = useQuery({ ...usersQuery, enabled: can('member.read') }).data ?? [];
  const named = [
    useQuery({ ...appsQuery, enabled: can('app.read') }).data,
    useQuery({ ...datasetsQuery, enabled: can('dataset.read') }).data,
    useQuery({ ...apiKeysQuery, enabled: can('key.read') }).data,
    useQuery({ ...providersQuery, enabled: can('model.read') }).data,
    useQuery({ ...secretsQuery, enabled: can('secret.read') }).data,
    useQuery({ ...groupsQuery, enabled: can('member.read') }).data,
    useQuery({ ...rolesQuery, enabled: can('member.read') }).data,
  ];
  const nameOf = (id: string): string | undefined =>
    users.find((one) => one.id === id)?.username ??
    named.flatMap((list): { id: string; name: string }[] => list ?? []).find((one) => one.id === id)?.name;
  return { nameOf };
}
