import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Plus, Trash2, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { groupsQuery } from '@/api/people';
import { usersQuery } from '@/api/queries';
import type { Group } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { IconButton } from '@/ui/icon-button';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { Table } from '@/ui/table';
import { undoable } from '@/ui/toast';
import { useFailure } from '../changes';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';
import { GroupDialog } from './GroupDialog';

const NAMED = 4;

function useDeleteGroup() {
  const c = useCommon();
  const fail = useFailure();
  const client = useQueryClient();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: keys.groups });
    void client.invalidateQueries({ queryKey: keys.users });
  };
  return (group: Group) => {
    client.setQueryData(groupsQuery.queryKey, (list) => list?.filter((one) => one.id !== group.id));
    undoable(c('deleted', { name: group.name }), c('undo'), {
      undo: refresh,
      carryOut: () => void api.delete(`/groups/${group.id}`).catch(fail).finally(refresh),
    });
  };
}

export default function GroupsTab() {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const groups = useQuery(groupsQuery);
  const { data: users } = useQuery(usersQuery);
  const { nameOf } = useRoles();
  const remove = useDeleteGroup();
  const [open, setOpen] = useState<Group | 'new' | null>(null);
  const dialog = open && <GroupDialog group={open === 'new' ? null : open} onClose={() => setOpen(null)} />;
  const create = can('member.write') && (
    <Button icon={Plus} variant="primary" className="self-end" onClick={() => setOpen('new')}>
      {t('newGroup')}
    </Button>
  );
  if (!groups.data) {
    return groups.isError ? <ErrorNotice error={groups.error} onRetry={() => void groups.refetch()} /> : <Loading />;
  }
  const names = ({ members }: Group) => {
    const known = members.map((id) => users?.find((user) => user.id === id)?.username ?? id);
    const shown = known.slice(0, NAMED).join(t('comma'));
    return known.length > NAMED ? t('andMore', { names: shown, n: known.length - NAMED }) : shown;
  };
  return (
    <>
      {groups.data.length === 0 ? (
        <Empty icon={UsersRound} title={t('noGroups')} actions={create}>
          {t('noGroupsHint')}
        </Empty>
      ) : (
        <div className="flex flex-col gap-4">
          {create}
          <Table
            label={t('tab_groups')}
            rows={groups.data}
            rowKey={(group) => group.id}
            columns={[
              { id: 'name', title: c('name'), cell: (group) => <span className="font-medium">{group.name}</span> },
              {
                id: 'members',
                title: t('members'),
                cell: (group) => (
                  <span className={group.members.length ? undefined : 'text-ink-3'}>
                    {group.members.length ? names(group) : t('noMembers')}
                  </span>
                ),
              },
              {
                id: 'role',
                title: t('groupRole'),
                cell: (group) => (group.role ? nameOf(group.role) : <span className="text-ink-3">{t('noRole')}</span>),
              },
              {
                id: 'more',
                title: <span className="sr-only">{c('more')}</span>,
                align: 'right',
                className: 'max-sm:ml-auto',
                cell: (group) =>
                  can('member.write') && (
                    <span className="inline-flex">
                      <IconButton
                        icon={Pencil}
                        size="small"
                        label={t('changeGroup', { name: group.name })}
                        onClick={() => setOpen(group)}
                      />
                      <IconButton
                        icon={Trash2}
                        size="small"
                        label={`${c('delete')}: ${group.name}`}
                        onClick={() => remove(group)}
                      />
                    </span>
                  ),
              },
            ]}
          />
        </div>
      )}
      {/* In one place whether the list is empty or not: what it shows once must outlive the first entry. */}
      {dialog}
    </>
  );
}
