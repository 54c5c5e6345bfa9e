import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { sessionQuery } from '@/api/session';
import { useT } from '@/i18n';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { PasswordInput } from '../Frame';
import { words } from './words';

/** Needs both: whoever found an open browser has neither. */
export function TurnOffSecondFactor({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [checked, setChecked] = useState(false);
  const turnOff = useMutation({
    mutationFn: () => api.delete('/session/second-factor', { body: { password, code: code.replace(/\s/g, '') } }),
    onSuccess: async () => {
      toast(t('turnedOff'));
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (password && code.trim()) turnOff.mutate();
  };
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={t('turnOffTitle')}
      description={t('turnOffHint')}
      submit={t('turnOff')}
      danger
      sending={turnOff}
      onSubmit={submit}
    >
      <Field label={t('oldPassword')} error={checked && !password && t('oldPasswordEmpty')}>
        {(props) => (
          <PasswordInput
            {...props}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('codeOrRecovery')} error={checked && !code.trim() && t('codeEmpty')}>
        {(props) => (
          <Input
            {...props}
            className="font-mono"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={40}
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
