/** The password, and the code where there is a second factor: an open browser alone changes no way in. */
import { type ReactNode, useState } from 'react';
import { useT } from '@/i18n';
import { Field, Input } from '@/ui/field';
import { PasswordInput } from '../Frame';
import { words } from './words';

interface Proof {
  /** As the API takes it. */
  body: { password: string; code: string };
  /** Says what is missing, and whether nothing is. */
  given(): boolean;
  forgetPassword(): void;
  fields: ReactNode;
}

export function useProof(withCode: boolean): Proof {
  const t = useT(words);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [checked, setChecked] = useState(false);
  return {
    body: { password, code: code.replace(/\s/g, '') },
    given: () => {
      setChecked(true);
      return Boolean(password && (code.trim() || !withCode));
    },
    forgetPassword: () => setPassword(''),
    fields: (
      <>
        <Field label={t('oldPassword')} error={checked && !password && t('oldPasswordEmpty')}>
          {(props) => (
            <PasswordInput
              {...props}
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          )}
        </Field>
        {withCode && (
          <Field label={t('codeOrRecovery')} error={checked && !code.trim() && t('codeEmpty')}>
            {(props) => (
              <Input
                {...props}
                className="font-mono"
                autoComplete="one-time-code"
                autoCapitalize="none"
                spellCheck={false}
                maxLength={40}
                value={code}
                onChange={(event) => setCode(event.target.value)}
              />
            )}
          </Field>
        )}
      </>
    ),
  };
}
