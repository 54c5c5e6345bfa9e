import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, Suspense, useState } from 'react';
import { api, setCsrf } from '@/api/client';
import { asApiError } from '@/api/errors';
import { sessionQuery } from '@/api/session';
import type { Session } from '@/api/types';
import { hasChosenLanguage, usePreferences, useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Frame, PasswordInput, words } from './Frame';
import { useSend } from './useSend';

// Not for everybody, so not in the way of the first screen.
const SecondStep = lazily(() => import('./door/SecondStep'));
const OtherWays = lazily(() => import('./door/OtherWays'));
const Returned = lazily(() => import('./door/Returned'));

/** Only a path of this site: an address from the URL must not lead elsewhere. */
export function safeTarget(to: string | undefined): string {
  return to && /^\/(?![/\\])/.test(to) ? to : '/';
}

export default function SignInPage() {
  const t = useT(words);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { to, error } = useSearch({ from: '/sign-in' });
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [checked, setChecked] = useState(false);
  const [second, setSecond] = useState(false);
  const send = (code?: string) => api.post<Session>('/session', { username: username.trim(), password, code });
  const enter = async (session: Session) => {
    setCsrf(session.csrf);
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
    if (!hasChosenLanguage()) usePreferences.getState().setLanguage(session.language);
    await navigate({ href: safeTarget(to), replace: true });
  };
  const signIn = useSend({
    send,
    onDone: enter,
    onFailed: (failure) => (asApiError(failure).code === 'second_factor_needed' ? setSecond(true) : setPassword('')),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (username.trim() && password) void signIn.submit();
  };
  if (second) {
    const back = () => {
      setSecond(false);
      setChecked(false);
      setPassword('');
      signIn.reset();
    };
    return (
      <Suspense fallback={<Frame title={t('signIn')} hint={t('signInHint')} />}>
        <SecondStep send={send} onDone={enter} onBack={back} />
      </Suspense>
    );
  }
  return (
    <Frame title={t('signIn')} hint={t('signInHint')}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {signIn.error != null && <ErrorNotice error={signIn.error} />}
        {error && signIn.error === null && (
          <Suspense>
            <Returned code={error} />
          </Suspense>
        )}
        <Field label={t('username')} error={checked && !username.trim() && t('usernameEmpty')}>
          {(props) => (
            <Input
              {...props}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
              autoComplete="username"
              autoCapitalize="none"
              autoFocus
            />
          )}
        </Field>
        <Field label={t('password')} error={checked && !password && signIn.error === null && t('passwordEmpty')}>
          {(props) => (
            <PasswordInput
              {...props}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              autoComplete="current-password"
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="large" busy={signIn.pending}>
          {t('signIn')}
        </Button>
        <Suspense>
          <OtherWays to={safeTarget(to)} />
        </Suspense>
      </form>
    </Frame>
  );
}
