import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Building2, CircleDashed, Link2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { ssoLinkQuery } from '@/api/people';
import { sessionQuery } from '@/api/session';
import type { Session } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { PasswordInput } from '../Frame';
import { Row } from './Row';
import { words } from './words';

/** With which provider of the workspace one's own account is linked; nothing where there is none. */
export function LinkSso({ session }: { session: Session }) {
  const t = useT(words);
  const { data: link } = useQuery(ssoLinkQuery);
  const [open, setOpen] = useState<{ id: string; name: string } | 'unlink' | null>(null);
  if (!link || (!link.linked && link.choices.length === 0)) return null;
  const Icon = link.linked ? Building2 : CircleDashed;
  return (
    <>
      <Row
        title={t('sso')}
        action={
          link.linked ? (
            <Button variant="danger" onClick={() => setOpen('unlink')}>
              {t('unlink')}
            </Button>
          ) : (
            link.choices.map((one) => (
              <Button key={one.id} icon={Link2} onClick={() => setOpen(one)}>
                {t('linkWith', { name: one.name })}
              </Button>
            ))
          )
        }
      >
        <p className={cn('flex items-center gap-1.5 font-medium', link.linked ? 'text-ok' : 'text-ink-3')}>
          <Icon size={15} aria-hidden="true" className="shrink-0" />
          {link.linked ? t('linkedWith', { name: link.provider ?? '' }) : t('notLinked')}
        </p>
        <p className="mt-0.5">{t('ssoHint')}</p>
      </Row>
      {open && <Proof of={open} withCode={session.second_factor} onClose={() => setOpen(null)} />}
    </>
  );
}

interface ProofProps {
  of: { id: string; name: string } | 'unlink';
  withCode: boolean;
  onClose(): void;
}

/** Asks for the password, and the code: an open browser alone changes no way in. */
function Proof({ of, withCode, onClose }: ProofProps) {
  const t = useT(words);
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [checked, setChecked] = useState(false);
  const send = useMutation({
    mutationFn: async () => {
      const proof = { password, code: code.replace(/\s/g, '') };
      if (of === 'unlink') return void (await api.delete('/session/sso-link', { body: proof }));
      const { url } = await api.post<{ url: string }>('/session/sso-link', { provider_id: of.id, ...proof });
      location.assign(url);
    },
    onSuccess: async () => {
      if (of !== 'unlink') return;
      toast(t('unlinked'));
      onClose();
      const changed = [ssoLinkQuery.queryKey, sessionQuery.queryKey];
      await Promise.all(changed.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
    onError: (error) => {
      if (asApiError(error).code === 'second_factor_wrong') setPassword('');
    },
  });
  const submit = () => {
    setChecked(true);
    if (password && (code.trim() || !withCode)) send.mutate();
  };
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={of === 'unlink' ? t('unlinkTitle') : t('linkTitle', { name: of.name })}
      description={of === 'unlink' ? t('unlinkHint') : t('linkHint')}
      submit={of === 'unlink' ? t('unlink') : t('linkGo')}
      danger={of === 'unlink'}
      sending={send}
      onSubmit={submit}
    >
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
    </FormDialog>
  );
}
