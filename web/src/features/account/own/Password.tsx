import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Session } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { SHORTEST_PASSWORD } from '@/lib/password';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { toast } from '@/ui/toast';
import { PasswordInput } from '../Frame';
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
  const formId = useId();
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
  const short = SHORTEST_PASSWORD - [...next].length;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (old && short <= 0) change.mutate();
  };
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('changePassword')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={change.isPending}>
            {c('save')}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} noValidate className="flex flex-col gap-4">
        {change.isError && <ErrorNotice error={change.error} />}
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
        <Field
          label={t('newPassword')}
          help={t('passwordHelp', { n: SHORTEST_PASSWORD })}
          error={checked && short > 0 && t('passwordShort', { n: short })}
        >
          {(props) => (
            <PasswordInput
              {...props}
              autoComplete="new-password"
              value={next}
              onChange={(event) => setNext(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
