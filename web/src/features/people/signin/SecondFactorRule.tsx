import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { securityQuery } from '@/api/people';
import { sessionQuery } from '@/api/session';
import type { Security } from '@/api/types';
import { useT } from '@/i18n';
import { Choice } from '@/ui/choice';
import { ErrorNotice } from '@/ui/notice';
import { Section } from '@/ui/page';
import { toast } from '@/ui/toast';
import { useFailure } from '../changes';
import { words } from '../words';

const RULES = ['nobody', 'admins', 'everybody'] as const;

/** Whom the workspace asks for a code beside the password, and whether a password is enough to come in at all. */
export function SecondFactorRule({ mayWrite }: { mayWrite: boolean }) {
  const t = useT(words);
  const name = useId();
  const fail = useFailure();
  const client = useQueryClient();
  const security = useQuery(securityQuery);
  const change = useMutation({
    mutationFn: (part: Partial<Security>) => api.put<Security>('/security', { ...security.data, ...part }),
    onSuccess: () => {
      toast(t('changed'));
      // Whoever asked for it may be asked themselves now.
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
    onError: fail,
    onSettled: () => client.invalidateQueries({ queryKey: keys.security }),
  });
  if (security.isError) return <ErrorNotice error={security.error} className="mb-6" />;
  const shown = security.data && { ...security.data, ...(change.isPending && change.variables) };
  const rule = shown?.second_factor_required;
  const disabled = !mayWrite || !shown;
  return (
    <>
      <Section title={t('secondFactor')}>
        <p className="mb-2 max-w-3xl text-ink-2">{t('secondFactorHint')}</p>
        <fieldset disabled={disabled} className="grid grid-cols-3 gap-2 max-md:grid-cols-1">
          <legend className="sr-only">{t('secondFactor')}</legend>
          {RULES.map((one) => (
            <Choice
              key={one}
              name={name}
              checked={rule === one}
              onChoose={() => change.mutate({ second_factor_required: one })}
              label={t(`rule_${one}`)}
              hint={t(`rule_${one}_hint`)}
            />
          ))}
        </fieldset>
      </Section>
      <Section title={t('passwords')}>
        <fieldset disabled={disabled} className="grid grid-cols-2 gap-2 max-md:grid-cols-1">
          <legend className="sr-only">{t('passwords')}</legend>
          {([false, true] as const).map((one) => (
            <Choice
              key={String(one)}
              name={`${name}-passwords`}
              checked={shown?.sso_required === one}
              onChoose={() => change.mutate({ sso_required: one })}
              label={t(one ? 'ssoOnly' : 'passwordsToo')}
              hint={t(one ? 'ssoOnlyHint' : 'passwordsTooHint')}
            />
          ))}
        </fieldset>
      </Section>
    </>
  );
}
