import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { userSessionsQuery } from '@/api/people';
import type { User } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { deviceOf, isPhone } from '@/lib/device';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { words } from './words';

/** Where somebody is signed in; all of it can be ended at once. */
export function SessionsDialog({ user, onClose }: { user: User; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const format = useFormat();
  const client = useQueryClient();
  const sessions = useQuery(userSessionsQuery(user.id));
  const end = useMutation({
    mutationFn: () => api.delete(`/users/${user.id}/sessions`),
    onSuccess: async () => {
      toast(t('signedOut', { name: user.username }));
      await client.invalidateQueries({ queryKey: keys.userSessions(user.id) });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('sessionsOf', { name: user.username })}
      description={t('sessionsHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('close')}</Button>
          {sessions.data && sessions.data.length > 0 && (
            <Button variant="danger" busy={end.isPending} onClick={() => end.mutate()}>
              {t('signOutEverywhere')}
            </Button>
          )}
        </>
      }
    >
      {end.isError && <ErrorNotice error={end.error} className="mb-3" />}
      {sessions.isPending && <Loading />}
      {sessions.isError && <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data?.length === 0 && <p className="py-4 text-ink-3">{t('noSessions')}</p>}
      <ul className="divide-y divide-line">
        {sessions.data?.map((one) => {
          const Icon = isPhone(one.agent) ? Smartphone : Monitor;
          return (
            <li key={one.id} className="flex items-center gap-3 py-2">
              <Icon size={18} aria-hidden="true" className="shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{deviceOf(one.agent) || t('unknownDevice')}</span>
                <span className="block text-sm text-ink-3">
                  {one.address} · {t('seen', { when: format.ago(one.seen_at) })}
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
