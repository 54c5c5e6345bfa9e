import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '@/api/session';

/** What the signed-in person may do. The server decides again on every request. */
export function useCan(): (permission: string | undefined) => boolean {
  const { data } = useQuery(sessionQuery);
  return (permission) => !permission || (data?.permissions.includes(permission) ?? false);
}
