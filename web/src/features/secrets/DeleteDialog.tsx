import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Secret } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { toast } from '@/ui/toast';
import { words } from './words';

/** Names the apps that will fail without it. */
export function DeleteDialog({ secret, onClose }: { secret: Secret; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.delete(`/secrets/${secret.id}`, { query: { force: true } }),
    onSuccess: async () => {
      toast(c('deleted', { name: secret.name }));
      await client.invalidateQueries({ queryKey: keys.secrets });
      onClose();
    },
  });
  return (
    <Dialog
      open
      size="small"
      onClose={onClose}
      title={t('deleteTitle', { name: secret.name })}
      description={t('deleteHint', { n: secret.used_by.length })}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
            {t('deleteAnyway')}
          </Button>
        </>
      }
    >
      {remove.isError && <ErrorNotice error={remove.error} className="mb-3" />}
      <ul className="list-disc pl-5">
        {secret.used_by.map((app) => (
          <li key={app.app_id}>{app.name}</li>
        ))}
      </ul>
    </Dialog>
  );
}
