import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MailPlus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { groupsQuery, invitationsQuery } from '@/api/people';
import type { Invitation } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Badge } from '@/ui/badge';
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
import { InviteDialog } from './InviteDialog';

function useRevoke() {
  const t = useT(words);
  const c = useCommon();
  const fail = useFailure();
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.invitations });
  return (invitation: Invitation) => {
    client.setQueryData(invitationsQuery.queryKey, (list) => list?.filter((one) => one.id !== invitation.id));
    undoable(t('revoked', { name: invitation.name }), c('undo'), {
      undo: refresh,
      carryOut: () => void api.delete(`/invitations/${invitation.id}`).catch(fail).finally(refresh),
    });
  };
}

export default function InvitationsTab() {
  const t = useT(words);
  const format = useFormat();
  const invitations = useQuery(invitationsQuery);
  const { data: groups } = useQuery(groupsQuery);
  const { nameOf } = useRoles();
  const revoke = useRevoke();
  const [inviting, setInviting] = useState(false);
  const dialog = inviting && <InviteDialog onClose={() => setInviting(false)} />;
  const invite = (
    <Button icon={MailPlus} variant="primary" className="self-end" onClick={() => setInviting(true)}>
      {t('invite')}
    </Button>
  );
  if (!invitations.data) {
    return invitations.isError ? (
      <ErrorNotice error={invitations.error} onRetry={() => void invitations.refetch()} />
    ) : (
      <Loading />
    );
  }
  return (
    <>
      {invitations.data.length === 0 ? (
        <Empty icon={MailPlus} title={t('noInvitations')} actions={invite}>
          {t('noInvitationsHint')}
        </Empty>
      ) : (
        <div className="flex flex-col gap-4">
          {invite}
          <Table
            label={t('tab_invitations')}
            rows={invitations.data}
            rowKey={(one) => one.id}
            columns={[
              {
                id: 'name',
                title: t('inviteeName'),
                cell: (one) => (
                  <div className="py-1.5">
                    <span className="font-medium">{one.name}</span>
                    {one.email && <span className="block text-sm break-all text-ink-3">{one.email}</span>}
                  </div>
                ),
              },
              { id: 'role', title: t('role'), cell: (one) => nameOf(one.role, one.role_name) },
              {
                id: 'groups',
                title: t('tab_groups'),
                cell: (one) => (
                  <span className="flex flex-wrap gap-1">
                    {one.groups.map((id) => (
                      <Badge key={id}>{groups?.find((group) => group.id === id)?.name ?? id}</Badge>
                    ))}
                  </span>
                ),
              },
              { id: 'by', title: t('invitedBy'), phone: false, cell: (one) => one.created_by_name },
              {
                id: 'expires',
                title: t('expires'),
                cell: (one) =>
                  one.expires_at < Date.now() ? (
                    <Badge tone="bad">{t('expired')}</Badge>
                  ) : (
                    t('until', { when: format.dateTime(one.expires_at) })
                  ),
              },
              {
                id: 'revoke',
                title: <span className="sr-only">{t('revoke')}</span>,
                align: 'right',
                className: 'max-sm:ml-auto',
                cell: (one) => (
                  <IconButton
                    icon={Trash2}
                    size="small"
                    label={`${t('revoke')}: ${one.name}`}
                    onClick={() => revoke(one)}
                  />
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
