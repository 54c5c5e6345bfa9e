import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { sessionQuery } from '@/api/session';
import { useT } from '@/i18n';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { useProof } from './proof';
import { words } from './words';

/** Needs both: whoever found an open browser has neither. */
export function TurnOffSecondFactor({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const proof = useProof(true);
  const turnOff = useMutation({
    mutationFn: () => api.delete('/session/second-factor', { body: proof.body }),
    onSuccess: async () => {
      toast(t('turnedOff'));
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onClose();
    },
  });
  const submit = () => {
    if (proof.given()) turnOff.mutate();
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
      {proof.fields}
    </FormDialog>
  );
}
