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
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { useProof } from './proof';
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
      {open && <ProofDialog of={open} withCode={session.second_factor} onClose={() => setOpen(null)} />}
    </>
  );
}

interface ProofProps {
  of: { id: string; name: string } | 'unlink';
  withCode: boolean;
  onClose(): void;
}

function ProofDialog({ of, withCode, onClose }: ProofProps) {
  const t = useT(words);
  const client = useQueryClient();
  const proof = useProof(withCode);
  const send = useMutation({
    mutationFn: async () => {
      if (of === 'unlink') return void (await api.delete('/session/sso-link', { body: proof }));
      const { url } = await api.post<{ url: string }>('/session/sso-link', { provider_id: of.id, ...proof.body });
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
      if (asApiError(error).code === 'second_factor_wrong') proof.forgetPassword();
    },
  });
  const submit = () => {
    if (proof.given()) send.mutate();
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
      {proof.fields}
    </FormDialog>
  );
}
