/** Names for the ids in records, as far as the person who looks may see what they stand for. */
import { useQuery } from '@tanstack/react-query';
import { apiKeysQuery, appsQuery, datasetsQuery, usersQuery } from '@/api/queries';
import { useCan } from '@/lib/session';

export function useNames() {
  const can = useCan();
  const users = useQuery({ ...usersQuery, enabled: can('member.read') });
  const apiKeys = useQuery({ ...apiKeysQuery, enabled: can('key.read') });
  const apps = useQuery({ ...appsQuery, enabled: can('app.read') });
  const datasets = useQuery({ ...datasetsQuery, enabled: can('dataset.read') });
  const nameOf = (id: string): string | undefined =>
    users.data?.find((one) => one.id === id)?.username ??
    [...(apps.data ?? []), ...(datasets.data ?? []), ...(apiKeys.data ?? [])].find((one) => one.id === id)?.name;
  return { nameOf };
}
