/** The roles that there are, how they are called, and which of them the person who looks may give. */
import { useQuery } from '@tanstack/react-query';
import { rolesQuery } from '@/api/people';
import { sessionQuery } from '@/api/session';
import type { Role } from '@/api/types';
import { useT } from '@/i18n';
import { useRoleName } from '@/lib/roles';
import { words } from '../words';

const NONE: Role[] = [];

export function useRoles() {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: roles = NONE } = useQuery(rolesQuery);
  const { data: session } = useQuery(sessionQuery);
  const nameOf = (id: string, name?: string) => roleName(id, name ?? roles.find((role) => role.id === id)?.name);
  const aboutOf = (id: string) => {
    const key = `role_${id}_help`;
    if (key in words.en) return t(key as keyof typeof words.en);
    return t('roleHolds', { n: roles.find((role) => role.id === id)?.permissions.length ?? 0 });
  };
  /** Nobody gives more than they have; and only owners make owners. */
  const mayGive = (role: Role) =>
    role.id === 'owner'
      ? session?.user.role === 'owner'
      : role.permissions.every((permission) => session?.permissions.includes(permission));
  return { roles, nameOf, aboutOf, mayGive };
}
