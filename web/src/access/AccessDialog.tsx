/** Who may use and who may edit one app or one dataset. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { accessQuery } from '@/api/people';
import type { Access } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { Grants } from './Grants';
import { words } from './words';

interface Props {
  /** Of the API: `/apps/…` or `/datasets/…`. */
  path: string;
  name: string;
  onClose(): void;
}

export default function AccessDialog({ path, name, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const group = useId();
  const client = useQueryClient();
  const access = useQuery(accessQuery(path));
  const [changed, setChanged] = useState<Access | null>(null);
  const shown = changed ?? access.data;
  const mayChange = can('grant.write');
  const save = useMutation({
    mutationFn: ({ open, grants }: Access) =>
      api.put<Access>(`${path}/access`, { open, grants: grants.map(({ kind, id, level }) => ({ kind, id, level })) }),
    onSuccess: async () => {
      toast(t('saved'));
      await client.invalidateQueries({ queryKey: keys.access(path) });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('title', { name })}
      footer={
        <>
          <Button onClick={onClose}>{mayChange ? c('cancel') : c('close')}</Button>
          {mayChange && (
            <Button
              variant="primary"
              busy={save.isPending}
              disabled={!changed}
              onClick={() => changed && save.mutate(changed)}
            >
              {c('save')}
            </Button>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {access.isPending && <Loading />}
        {access.isError && <ErrorNotice error={access.error} onRetry={() => void access.refetch()} />}
        {save.isError && <ErrorNotice error={save.error} />}
        {shown && (
          <fieldset disabled={!mayChange} className="flex min-w-0 flex-col gap-2">
            <legend className="sr-only">{t('title', { name })}</legend>
            <Choice
              name={group}
              checked={shown.open}
              onChoose={() => setChanged({ ...shown, open: true })}
              label={t('open')}
              hint={t('openHint')}
            />
            <Choice
              name={group}
              checked={!shown.open}
              onChoose={() => setChanged({ ...shown, open: false })}
              label={t('limited')}
              hint={t('limitedHint')}
            />
          </fieldset>
        )}
        {shown && !shown.open && (
          <Grants grants={shown.grants} mayChange={mayChange} onChange={(grants) => setChanged({ ...shown, grants })} />
        )}
        {!mayChange && <p className="text-sm text-ink-3">{t('notYours')}</p>}
      </div>
    </Dialog>
  );
}
