import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { usersQuery } from '@/api/queries';
import type { Group } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { CheckList } from '@/ui/check-list';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { RoleSelect } from '../RoleSelect';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';

/** Makes a group, or changes one. */
export function GroupDialog({ group, onClose }: { group: Group | null; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const { data: users = [] } = useQuery(usersQuery);
  const { nameOf } = useRoles();
  const [name, setName] = useState(group?.name ?? '');
  const [role, setRole] = useState(group?.role ?? '');
  const [members, setMembers] = useState<string[]>(group?.members ?? []);
  const [checked, setChecked] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), role: role || null, members };
      return group ? api.patch<Group>(`/groups/${group.id}`, body) : api.post<Group>('/groups', body);
    },
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.groups }),
        client.invalidateQueries({ queryKey: keys.users }),
      ]);
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (name.trim()) save.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={group ? t('changeGroup', { name: group.name }) : t('newGroup')}
      submit={group ? c('save') : c('create')}
      sending={save}
      onSubmit={submit}
    >
      <Field label={c('name')} error={checked && !name.trim() && t('groupNameEmpty')}>
        {(props) => (
          <Input
            {...props}
            maxLength={64}
            placeholder={t('groupExample')}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('groupRole')} help={t('groupRoleHelp')}>
        {(props) => (
          <RoleSelect
            id={props.id}
            aria-describedby={props['aria-describedby']}
            none={t('noRole')}
            value={role}
            onChange={setRole}
          />
        )}
      </Field>
      <div>
        <p className="mb-1 text-sm font-medium text-ink-2" aria-hidden="true">
          {t('members')}
        </p>
        <CheckList
          label={t('members')}
          items={users.map((user) => ({
            id: user.id,
            label: user.username,
            hint: nameOf(user.role, user.role_name),
          }))}
          value={members}
          onChange={setMembers}
          empty={t('noMembers')}
        />
      </div>
    </FormDialog>
  );
}
