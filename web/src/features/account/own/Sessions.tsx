import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LogOut, Monitor, Smartphone } from 'lucide-react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { ownSessionsQuery } from '@/api/people';
import type { SignedIn } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { deviceOf, isPhone } from '@/lib/device';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Card, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { words } from './words';

/** Where one is signed in, this browser first. */
export function Sessions() {
  const t = useT(words);
  const text = useText();
  const client = useQueryClient();
  const sessions = useQuery(ownSessionsQuery);
  const end = useMutation({
    /** Without an id: all but this one. */
    mutationFn: (id?: string) => api.delete(id ? `/session/sessions/${id}` : '/session/sessions'),
    onSuccess: () => toast(t('ended')),
    onError: (error) => toast(text(asApiError(error).text), { tone: 'bad', ms: 8000 }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.ownSessions }),
  });
  const list = [...(sessions.data ?? [])].sort(
    (a, b) => Number(b.current ?? false) - Number(a.current ?? false) || b.seen_at - a.seen_at,
  );
  return (
    <Section
      title={t('sessions')}
      actions={
        list.length > 1 && (
          <Button
            size="small"
            icon={LogOut}
            busy={end.isPending && !end.variables}
            onClick={() => end.mutate(undefined)}
          >
            {t('endOthers')}
          </Button>
        )
      }
    >
      {sessions.isError && <ErrorNotice error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.isPending && <Loading />}
      {list.length > 0 && (
        <Card>
          <ul className="divide-y divide-line">
            {list.map((one) => (
              <Row key={one.id} session={one} onEnd={() => end.mutate(one.id)} />
            ))}
          </ul>
        </Card>
      )}
    </Section>
  );
}

function Row({ session, onEnd }: { session: SignedIn; onEnd(): void }) {
  const t = useT(words);
  const format = useFormat();
  const Icon = isPhone(session.agent) ? Smartphone : Monitor;
  const device = deviceOf(session.agent) || t('unknownDevice');
  return (
    <li className="flex items-center gap-3 px-4 py-2.5">
      <Icon size={18} aria-hidden="true" className="shrink-0 text-ink-3" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {device}
          {session.current && <Badge tone="accent">{t('thisOne')}</Badge>}
        </p>
        <p className="text-sm text-ink-3">
          {session.address} ·{' '}
          <span title={format.fullDateTime(session.seen_at)}>{t('seen', { when: format.ago(session.seen_at) })}</span> ·{' '}
          {t('since', { when: format.dateTime(session.created_at) })}
        </p>
      </div>
      {!session.current && (
        <Button size="small" aria-label={`${t('end')}: ${device}`} onClick={onEnd}>
          {t('end')}
        </Button>
      )}
    </li>
  );
}
