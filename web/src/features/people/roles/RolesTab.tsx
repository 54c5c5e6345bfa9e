import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { permissionsQuery, rolesQuery } from '@/api/people';
import type { Role } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { undoable } from '@/ui/toast';
import { useFailure } from '../changes';
import { words } from '../words';
import { grouped } from './group';
import { RoleCards } from './RoleCards';
import { RoleDialog } from './RoleDialog';
import { RoleMatrix } from './RoleMatrix';

/** What is open: a role of the workspace's own to change, or the one that a new one begins as. */
export type OpenRole = { change: Role } | { from: Role | null };

function useDeleteRole() {
  const c = useCommon();
  const fail = useFailure();
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.roles });
  return (role: Role) => {
    client.setQueryData(rolesQuery.queryKey, (list) => list?.filter((one) => one.id !== role.id));
    undoable(c('deleted', { name: role.name }), c('undo'), {
      undo: refresh,
      carryOut: () => void api.delete(`/roles/${role.id}`).catch(fail).finally(refresh),
    });
  };
}

export default function RolesTab() {
  const t = useT(words);
  const can = useCan();
  const roles = useQuery(rolesQuery);
  const permissions = useQuery(permissionsQuery);
  const remove = useDeleteRole();
  const [open, setOpen] = useState<OpenRole | null>(null);
  const failed = [roles, permissions].find((query) => query.isError);
  if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!roles.data || !permissions.data) return <Loading />;
  const shown = {
    roles: roles.data,
    groups: grouped(permissions.data),
    onOpen: setOpen,
    onDelete: remove,
    mayWrite: can('member.write'),
  };
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-72 text-ink-2">{t('rolesHint')}</p>
        {shown.mayWrite && (
          <Button icon={Plus} variant="primary" onClick={() => setOpen({ from: null })}>
            {t('newRole')}
          </Button>
        )}
      </div>
      <RoleMatrix {...shown} />
      <RoleCards {...shown} />
      {open && <RoleDialog open={open} groups={shown.groups} onClose={() => setOpen(null)} />}
    </div>
  );
}
