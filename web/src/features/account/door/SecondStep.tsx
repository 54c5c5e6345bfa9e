/** The second step of signing in: the code of an authenticator app, or a recovery code. */
import { type FormEvent, useRef, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Session } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Frame } from '../Frame';
import { useSend } from '../useSend';
import { words } from './words';

interface Props {
  send(code: string): Promise<Session>;
  onDone(session: Session): Promise<void>;
  onBack(): void;
}

const DIGITS = 6;

export default function SecondStep({ send, onDone, onBack }: Props) {
  const t = useT(words);
  const [recovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const [checked, setChecked] = useState(false);
  const given = code.replace(/\s/g, '');
  const complete = recovery ? given !== '' : given.length === DIGITS;
  const field = useRef<HTMLInputElement>(null);
  const again = () => {
    setCode('');
    field.current?.focus();
  };
  const second = useSend({ send: () => send(given), onDone, onFailed: again });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (complete) void second.submit();
  };
  const other = () => {
    setRecovery(!recovery);
    setCode('');
    setChecked(false);
    second.reset();
  };
  const empty = checked && !complete && second.error === null;
  return (
    <Frame title={t('secondTitle')} hint={recovery ? t('recoveryHint') : t('secondHint')}>
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        {second.error != null &&
          // The password was right, or this step would not be here: it is the code.
          (asApiError(second.error).code === 'login_failed' ? (
            <Notice kind="bad">{t('codeWrong')}</Notice>
          ) : (
            <ErrorNotice error={second.error} />
          ))}
        {/* A key each, so that the focus and the keyboard of a phone follow the choice. */}
        <Field
          key={String(recovery)}
          label={recovery ? t('recoveryCode') : t('code')}
          help={recovery ? t('recoveryHelp') : undefined}
          error={empty && (recovery ? t('recoveryEmpty') : t('codeEmpty'))}
        >
          {(props) => (
            <Input
              {...props}
              ref={field}
              className="h-10! font-mono text-lg! tracking-normal"
              value={code}
              onChange={(event) => setCode(event.target.value)}
              inputMode={recovery ? 'text' : 'numeric'}
              autoComplete="one-time-code"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={recovery ? 40 : 8}
              autoFocus
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="large" busy={second.pending}>
          {t('continue')}
        </Button>
        <div className="flex flex-wrap justify-between gap-2">
          <Button variant="ghost" size="small" className="-ml-2.5" onClick={onBack}>
            {t('otherAccount')}
          </Button>
          <Button variant="ghost" size="small" className="-mr-2.5" onClick={other}>
            {recovery ? t('useCode') : t('useRecovery')}
          </Button>
        </div>
      </form>
    </Frame>
  );
}
