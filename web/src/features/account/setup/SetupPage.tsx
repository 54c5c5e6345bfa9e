import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, setCsrf } from '@/api/client';
import { sessionQuery, setupQuery } from '@/api/session';
import type { Session } from '@/api/types';
import { useLanguage, useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Frame, isLongEnough, NewPassword, words as shared } from '../Frame';
import { useSend } from '../useSend';
import { words } from './words';

export default function SetupPage() {
  const t = useT(words);
  const s = useT(shared);
  const language = useLanguage();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [username, setUsername] = useState('admin');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState('');
  const [checked, setChecked] = useState(false);
  const setup = useSend({
    send: () =>
      api.post<Session>('/setup', { username: username.trim(), password, language, token: token || undefined }),
    onDone: async (session) => {
      setCsrf(session.csrf);
      client.setQueryData(setupQuery.queryKey, { needed: false });
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: '/', replace: true });
    },
  });
  // The route has asked for it.
  const needsToken = client.getQueryData(setupQuery.queryKey)?.token_needed ?? false;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (username.trim() && isLongEnough(password)) void setup.submit();
  };
  return (
    <Frame title={t('welcome')} hint={t('setupHint')}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {setup.error != null && <ErrorNotice error={setup.error} />}
        <Field label={s('username')} error={checked && !username.trim() && s('usernameEmpty')}>
          {(props) => (
            <Input
              {...props}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
              autoComplete="username"
              autoCapitalize="none"
            />
          )}
        </Field>
        <NewPassword value={password} onChange={setPassword} complain={checked} autoFocus />
        {needsToken && (
          <Field label={t('token')} help={t('tokenHelp')}>
            {(props) => (
              <Input
                {...props}
                value={token}
                onChange={(event) => setToken(event.target.value)}
                autoComplete="off"
                spellCheck={false}
              />
            )}
          </Field>
        )}
        <Button type="submit" variant="primary" size="large" busy={setup.pending}>
          {t('begin')}
        </Button>
        <p className="text-sm text-ink-3">{t('beginHelp')}</p>
      </form>
    </Frame>
  );
}
