import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { groupsQuery } from '@/api/people';
import type { Invitation } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { CheckList } from '@/ui/check-list';
import { CopyField } from '@/ui/copy-field';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { RoleSelect } from '../RoleSelect';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';

const TERMS = [1, 3, 7, 30];

export function InviteDialog({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const { data: allGroups = [] } = useQuery(groupsQuery);
  const { aboutOf } = useRoles();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('analyst');
  const [groups, setGroups] = useState<string[]>([]);
  const [days, setDays] = useState('7');
  const [checked, setChecked] = useState(false);
  const invite = useMutation({
    mutationFn: () =>
      api.post<Invitation & { token: string }>('/invitations', {
        name: name.trim(),
        email: email.trim() || null,
        role,
        groups,
        days: Number(days),
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.invitations }),
  });
  if (invite.data) return <ShowLink invitation={invite.data} onClose={onClose} />;
  const submit = () => {
    setChecked(true);
    if (name.trim()) invite.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={t('invite')}
      description={t('inviteHint')}
      submit={t('makeLink')}
      sending={invite}
      onSubmit={submit}
    >
      <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
        <Field label={t('inviteeName')} error={checked && !name.trim() && t('inviteeEmpty')}>
          {(props) => (
            <Input {...props} maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label={t('email')} mark={c('optional')}>
          {(props) => (
            <Input
              {...props}
              type="email"
              autoComplete="off"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('role')} help={aboutOf(role)}>
          {(props) => (
            <RoleSelect id={props.id} aria-describedby={props['aria-describedby']} value={role} onChange={setRole} />
          )}
        </Field>
        <Field label={t('expires')}>
          {(props) => (
            <Select
              id={props.id}
              value={days}
              onChange={setDays}
              options={TERMS.map((n) => ({ value: String(n), label: t('days', { n }) }))}
            />
          )}
        </Field>
      </div>
      {allGroups.length > 0 && (
        <div>
          <p className="mb-1 text-sm font-medium text-ink-2" aria-hidden="true">
            {t('tab_groups')}
          </p>
          <CheckList
            label={t('tab_groups')}
            items={allGroups.map((group) => ({ id: group.id, label: group.name }))}
            value={groups}
            onChange={setGroups}
            empty={t('noGroups')}
          />
        </div>
      )}
    </FormDialog>
  );
}

interface ShowProps {
  invitation: Invitation & { token: string };
  onClose(): void;
}

function ShowLink({ invitation, onClose }: ShowProps) {
  const t = useT(words);
  const format = useFormat();
  // After the # it reaches no server's log on its way.
  const link = `${location.origin}/invite#${invitation.token}`;
  return (
    <Dialog
      open
      held
      onClose={onClose}
      title={t('linkReady')}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t('gotIt')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Notice kind="warn">{t('linkOnce', { name: invitation.name })}</Notice>
        <CopyField label={t('link')} value={link} help={t('until', { when: format.dateTime(invitation.expires_at) })} />
      </div>
    </Dialog>
  );
}
