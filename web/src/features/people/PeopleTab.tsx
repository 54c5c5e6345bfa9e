import { useQuery } from '@tanstack/react-query';
import { Building2, CircleCheck, CircleDashed, CircleSlash, ShieldCheck, UserPlus } from 'lucide-react';
import { useState } from 'react';
import { groupsQuery } from '@/api/people';
import { usersQuery } from '@/api/queries';
import { sessionQuery } from '@/api/session';
import type { User } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { type Column, Table } from '@/ui/table';
import { useChangePerson } from './changes';
import { DeletePersonDialog } from './DeletePersonDialog';
import { Mark } from './Mark';
import { AddPersonDialog, PasswordDialog } from './PersonDialogs';
import { type PersonDialog, PersonMenu } from './PersonMenu';
import { RoleSelect } from './RoleSelect';
import { useRoles } from './roles/useRoles';
import { SessionsDialog } from './SessionsDialog';
import { words } from './words';

const MANY = 8;

export function PeopleTab() {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const users = useQuery(usersQuery);
  const [sought, setSought] = useState('');
  const [open, setOpen] = useState<{ dialog: PersonDialog; user: User } | { dialog: 'add' } | null>(null);
  const columns = useColumns((dialog, user) => setOpen({ dialog, user }));
  if (users.isPending) return <Loading />;
  if (users.isError) return <ErrorNotice error={users.error} onRetry={() => void users.refetch()} />;
  const needle = sought.trim().toLocaleLowerCase();
  const shown = users.data.filter(({ username, email }) =>
    `${username} ${email ?? ''}`.toLocaleLowerCase().includes(needle),
  );
  const close = () => setOpen(null);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-end gap-3">
        {users.data.length > MANY && (
          <Input
            type="search"
            aria-label={t('findPerson')}
            placeholder={t('findPerson')}
            value={sought}
            onChange={(event) => setSought(event.target.value)}
            className="mr-auto max-w-64 max-sm:max-w-none"
          />
        )}
        {can('member.write') && (
          <Button icon={UserPlus} variant="primary" onClick={() => setOpen({ dialog: 'add' })}>
            {t('addPerson')}
          </Button>
        )}
      </div>
      {shown.length ? (
        <Table label={t('tab_people')} rows={shown} rowKey={(user) => user.id} columns={columns} />
      ) : (
        <p className="py-6 text-center text-ink-3">{c('none')}</p>
      )}
      {open?.dialog === 'add' && <AddPersonDialog onClose={close} />}
      {open?.dialog === 'password' && <PasswordDialog user={open.user} onClose={close} />}
      {open?.dialog === 'delete' && <DeletePersonDialog user={open.user} onClose={close} />}
      {open?.dialog === 'sessions' && <SessionsDialog user={open.user} onClose={close} />}
    </div>
  );
}

function useColumns(onDialog: (dialog: PersonDialog, user: User) => void): Column<User>[] {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const format = useFormat();
  const { roles, nameOf, mayGive } = useRoles();
  const change = useChangePerson();
  const { data: session } = useQuery(sessionQuery);
  const { data: groups } = useQuery(groupsQuery);
  const isMe = (user: User) => user.id === session?.user.id;
  const isAbove = (user: User) => roles.some((role) => role.id === user.role && !mayGive(role));
  const mayChange = (user: User) => can('member.write') && !isMe(user) && !isAbove(user);
  return [
    {
      id: 'name',
      title: t('username'),
      cell: (user) => (
        <div className="py-1.5">
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
            {user.username}
            {isMe(user) && <Badge tone="accent">{t('you')}</Badge>}
            {(user.sso || user.linked) && <Badge icon={Building2}>{t('bySso')}</Badge>}
          </span>
          {user.email && <span className="block text-sm break-all text-ink-3">{user.email}</span>}
        </div>
      ),
    },
    {
      id: 'role',
      title: t('role'),
      cell: (user) =>
        mayChange(user) ? (
          <RoleSelect
            className="w-36!"
            label={t('roleOf', { name: user.username })}
            value={user.role}
            onChange={(role) => change.mutate({ user, part: { role } })}
          />
        ) : (
          nameOf(user.role, user.role_name)
        ),
    },
    {
      id: 'groups',
      title: t('tab_groups'),
      cell: (user) => (
        <span className="flex flex-wrap gap-1">
          {(user.groups ?? []).map((id) => (
            <Badge key={id}>{groups?.find((group) => group.id === id)?.name ?? id}</Badge>
          ))}
        </span>
      ),
    },
    {
      id: 'second',
      title: t('secondFactor'),
      cell: (user) => (
        <Mark icon={user.second_factor ? ShieldCheck : CircleDashed} tone={user.second_factor ? 'ok' : 'idle'}>
          {/* The card of a phone has no heads of columns. */}
          <span className="sm:hidden">{t('secondFactor')}</span>
          {user.second_factor ? t('on') : user.sso ? t('atProvider') : t('off')}
        </Mark>
      ),
    },
    {
      id: 'seen',
      title: t('lastSeen'),
      phone: false,
      className: 'whitespace-nowrap',
      cell: (user) =>
        user.last_seen_at ? (
          <span title={format.fullDateTime(user.last_seen_at)}>{format.ago(user.last_seen_at)}</span>
        ) : (
          <span className="text-ink-3">{t('neverSeen')}</span>
        ),
    },
    {
      id: 'state',
      title: t('state'),
      cell: (user) =>
        user.disabled ? (
          <Mark icon={CircleSlash}>{t('disabled')}</Mark>
        ) : (
          <Mark icon={CircleCheck} tone="ok">
            {t('active')}
          </Mark>
        ),
    },
    {
      id: 'more',
      title: <span className="sr-only">{c('more')}</span>,
      align: 'right',
      className: 'max-sm:ml-auto',
      cell: (user) => mayChange(user) && <PersonMenu user={user} onDialog={(dialog) => onDialog(dialog, user)} />,
    },
  ];
}
