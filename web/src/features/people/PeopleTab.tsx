import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleSlash, Ellipsis, KeyRound, UserCheck, UserPlus, UserX } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { usersQuery } from '@/api/queries';
import { sessionQuery } from '@/api/session';
import type { Role, User } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { Table } from '@/ui/table';
import { toast } from '@/ui/toast';
import { AddPersonDialog, PasswordDialog } from './PersonDialogs';
import { RoleSelect } from './RoleSelect';
import { words } from './words';

interface Change {
  user: User;
  part: { role?: Role; disabled?: boolean };
}

export function PeopleTab() {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const text = useText();
  const format = useFormat();
  const client = useQueryClient();
  const users = useQuery(usersQuery);
  const { data: session } = useQuery(sessionQuery);
  const [adding, setAdding] = useState(false);
  const [resetting, setResetting] = useState<User | null>(null);
  const change = useMutation({
    mutationFn: ({ user, part }: Change) => api.patch<User>(`/users/${user.id}`, part),
    onSuccess: () => toast(t('changed')),
    onError: (error) => toast(text(asApiError(error).text), { tone: 'bad', ms: 8000 }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.users }),
  });
  const mayWrite = can('member.write');
  const isMe = (user: User) => user.id === session?.user.id;
  if (users.isPending) return <Loading />;
  if (users.isError) return <ErrorNotice error={users.error} onRetry={() => void users.refetch()} />;
  return (
    <div className="flex flex-col gap-4">
      {mayWrite && (
        <Button icon={UserPlus} variant="primary" className="self-end" onClick={() => setAdding(true)}>
          {t('addPerson')}
        </Button>
      )}
      <Table
        label={t('people')}
        rows={users.data}
        rowKey={(user) => user.id}
        columns={[
          {
            id: 'name',
            title: t('username'),
            cell: (user) => (
              <span className="flex items-center gap-2 font-medium">
                {user.username}
                {isMe(user) && <Badge tone="accent">{t('you')}</Badge>}
              </span>
            ),
          },
          {
            id: 'role',
            title: t('role'),
            cell: (user) =>
              mayWrite && !isMe(user) ? (
                <RoleSelect
                  className="w-36!"
                  label={t('roleOf', { name: user.username })}
                  value={user.role}
                  onChange={(role) => change.mutate({ user, part: { role } })}
                />
              ) : (
                c(`role_${user.role}`)
              ),
          },
          {
            id: 'state',
            title: t('state'),
            cell: (user) => {
              const Icon = user.disabled ? CircleSlash : CircleCheck;
              return (
                <span className={user.disabled ? 'text-ink-3' : 'text-ok'}>
                  <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
                  {user.disabled ? t('disabled') : t('active')}
                </span>
              );
            },
          },
          { id: 'created', title: t('created'), phone: false, cell: (user) => format.dateTime(user.created_at) },
          {
            id: 'more',
            title: <span className="sr-only">{c('more')}</span>,
            align: 'right',
            cell: (user) =>
              mayWrite &&
              !isMe(user) && (
                <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${user.username}`} />}>
                  <MenuItem icon={KeyRound} onSelect={() => setResetting(user)}>
                    {t('resetPassword')}
                  </MenuItem>
                  <MenuItem
                    icon={user.disabled ? UserCheck : UserX}
                    onSelect={() => change.mutate({ user, part: { disabled: !user.disabled } })}
                  >
                    {user.disabled ? t('enable') : t('disable')}
                  </MenuItem>
                </Menu>
              ),
          },
        ]}
      />
      {adding && <AddPersonDialog onClose={() => setAdding(false)} />}
      {resetting && <PasswordDialog user={resetting} onClose={() => setResetting(null)} />}
    </div>
  );
}
