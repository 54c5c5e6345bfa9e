/** Where the link of an invitation leads: says what is offered and makes the account. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { api, setCsrf } from '@/api/client';
import { sessionQuery } from '@/api/session';
import type { InvitationOffer, Session } from '@/api/types';
import { useFormat, useLanguage, useT } from '@/i18n';
import { useRoleName } from '@/lib/roles';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { Frame, isLongEnough, NewPassword, words as shared } from '../Frame';
import { useSend } from '../useSend';
import { words } from './words';

type Offer = { at: 'asking' } | { at: 'there'; offer: InvitationOffer } | { at: 'failed'; error: unknown };

/** The token is in the fragment, which browsers send to no server and put in no referrer; it leaves the address too. */
function useToken(): string {
  const router = useRouter();
  const [token] = useState(() => location.hash.slice(1));
  useEffect(() => {
    if (token) router.history.replace(location.pathname);
  }, [router, token]);
  return token;
}

export default function InvitePage() {
  const t = useT(words);
  const token = useToken();
  const [offer, setOffer] = useState<Offer>({ at: 'asking' });
  useEffect(() => {
    if (!token) return;
    api.post<InvitationOffer>('/invitation', { token }).then(
      (answer) => setOffer({ at: 'there', offer: answer }),
      (error) => setOffer({ at: 'failed', error }),
    );
  }, [token]);
  if (offer.at === 'there') return <Accept token={token} offer={offer.offer} />;
  return (
    <Frame title={t('inviteTitle')} hint={t('inviteHint')}>
      {!token && <Notice kind="warn">{t('noToken')}</Notice>}
      {token && offer.at === 'asking' && <Loading />}
      {offer.at === 'failed' && <ErrorNotice error={offer.error} />}
    </Frame>
  );
}

function Accept({ token, offer }: { token: string; offer: InvitationOffer }) {
  const t = useT(words);
  const s = useT(shared);
  const language = useLanguage();
  const format = useFormat();
  const roleName = useRoleName();
  const navigate = useNavigate();
  const client = useQueryClient();
  // Given: not a new account but a new password of that one.
  const known = offer.username ?? '';
  const [username, setUsername] = useState(known);
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const accept = useSend({
    send: () =>
      api.post<Session>(
        '/invitation/accept',
        known ? { token, password } : { token, username: username.trim(), password, language },
      ),
    onDone: async (session) => {
      setCsrf(session.csrf);
      client.clear();
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: '/', replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (username.trim() && isLongEnough(password)) void accept.submit();
  };
  const role = roleName(offer.role_name);
  return (
    <Frame
      title={known ? t('newPasswordTitle') : t('join', { workspace: offer.workspace_name })}
      hint={known ? t('newPasswordHint') : t('joinHint', { role, until: format.dateTime(offer.expires_at) })}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {accept.error != null && <ErrorNotice error={accept.error} />}
        <Field
          label={s('username')}
          help={known ? undefined : t('inviteFor', { name: offer.name })}
          error={checked && !username.trim() && s('usernameEmpty')}
        >
          {(props) => (
            <Input
              {...props}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
              autoComplete="username"
              autoCapitalize="none"
              readOnly={known !== ''}
              autoFocus={!known}
            />
          )}
        </Field>
        <NewPassword value={password} onChange={setPassword} complain={checked} autoFocus={known !== ''} />
        <Button type="submit" variant="primary" size="large" busy={accept.pending}>
          {known ? t('saveAndSignIn') : t('accept')}
        </Button>
      </form>
    </Frame>
  );
}
