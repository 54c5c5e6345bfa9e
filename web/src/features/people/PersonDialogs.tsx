import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { User } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { SHORTEST_PASSWORD } from '@/lib/password';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { RoleSelect } from './RoleSelect';
import { useRoles } from './roles/useRoles';
import { words } from './words';

export function AddPersonDialog({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState('analyst');
  const [checked, setChecked] = useState(false);
  const { aboutOf } = useRoles();
  const add = useMutation({
    mutationFn: () => api.post<User>('/users', { username: username.trim(), password, role }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.users });
      onClose();
    },
  });
  const short = [...password].length < SHORTEST_PASSWORD;
  const submit = () => {
    setChecked(true);
    if (username.trim() && !short) add.mutate();
  };
  return (
    <FormDialog onClose={onClose} title={t('addPerson')} submit={t('addPerson')} sending={add} onSubmit={submit}>
      <Field label={t('username')} error={checked && !username.trim() && t('usernameEmpty')}>
        {(props) => (
          <Input
            {...props}
            autoComplete="off"
            autoCapitalize="none"
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        )}
      </Field>
      <Field
        label={t('password')}
        help={t('passwordHelp', { n: SHORTEST_PASSWORD })}
        error={checked && short && t('passwordShort', { n: SHORTEST_PASSWORD })}
      >
        {(props) => (
          <Input
            {...props}
            autoComplete="new-password"
            spellCheck={false}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('role')} help={aboutOf(role)}>
        {(props) => (
          <RoleSelect id={props.id} aria-describedby={props['aria-describedby']} value={role} onChange={setRole} />
        )}
      </Field>
    </FormDialog>
  );
}

export function PasswordDialog({ user, onClose }: { user: User; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const reset = useMutation({
    mutationFn: () => api.patch<User>(`/users/${user.id}`, { password }),
    onSuccess: () => {
      toast(t('passwordReset'));
      onClose();
    },
  });
  const short = [...password].length < SHORTEST_PASSWORD;
  const submit = () => {
    setChecked(true);
    if (!short) reset.mutate();
  };
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={t('resetTitle', { name: user.username })}
      submit={c('save')}
      sending={reset}
      onSubmit={submit}
    >
      <Field
        label={t('newPassword')}
        help={t('passwordHelp', { n: SHORTEST_PASSWORD })}
        error={checked && short && t('passwordShort', { n: SHORTEST_PASSWORD })}
      >
        {(props) => (
          <Input
            {...props}
            autoComplete="new-password"
            spellCheck={false}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
