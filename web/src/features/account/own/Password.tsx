import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Session } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { isLongEnough, NewPassword, PasswordInput } from '../Frame';
import { Row } from './Row';
import { words } from './words';

export function Password({ username }: { username: string }) {
  const t = useT(words);
  const [open, setOpen] = useState(false);
  return (
    <Row
      title={t('password')}
      action={
        <Button icon={KeyRound} onClick={() => setOpen(true)}>
          {t('changePassword')}
        </Button>
      }
    >
      {t('passwordHint')}
      {open && <PasswordDialog username={username} onClose={() => setOpen(false)} />}
    </Row>
  );
}

function PasswordDialog({ username, onClose }: { username: string; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [checked, setChecked] = useState(false);
  const change = useMutation({
    mutationFn: () => api.patch<Session>('/session', { old_password: old, new_password: next }),
    onSuccess: async () => {
      toast(t('passwordChanged'));
      await client.invalidateQueries({ queryKey: keys.ownSessions });
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (old && isLongEnough(next)) change.mutate();
  };
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={t('changePassword')}
      submit={c('save')}
      sending={change}
      onSubmit={submit}
    >
      {/* For password managers: whose password it is. */}
      <input type="text" autoComplete="username" value={username} readOnly hidden />
      <Field label={t('oldPassword')} error={checked && !old && t('oldPasswordEmpty')}>
        {(props) => (
          <PasswordInput
            {...props}
            autoComplete="current-password"
            value={old}
            onChange={(event) => setOld(event.target.value)}
          />
        )}
      </Field>
      <NewPassword label={t('newPassword')} value={next} onChange={setNext} complain={checked} />
    </FormDialog>
  );
}
