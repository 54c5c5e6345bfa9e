import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Secret } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { SHORTEST_VALUE } from './rules';
import { ValueField } from './ValueField';
import { words } from './words';

/** A new value under the same name: flows go on with it from their next call. */
export function ValueDialog({ secret, onClose }: { secret: Secret; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const [value, setValue] = useState('');
  const [checked, setChecked] = useState(false);
  const save = useMutation({
    mutationFn: () => api.patch<Secret>(`/secrets/${secret.id}`, { value }),
    onSuccess: async () => {
      toast(t('valueChanged', { name: secret.name }));
      await client.invalidateQueries({ queryKey: keys.secrets });
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (value.length >= SHORTEST_VALUE) save.mutate();
  };
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={t('newValueOf', { name: secret.name })}
      description={t('newValueHint')}
      submit={c('save')}
      autoComplete="off"
      sending={save}
      onSubmit={submit}
    >
      <ValueField value={value} onChange={setValue} complain={checked} />
    </FormDialog>
  );
}
