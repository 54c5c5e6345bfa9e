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

/** Whom the workspace asks for a code beside the password. */
export function SecondFactorRule({ mayWrite }: { mayWrite: boolean }) {
  const t = useT(words);
  const name = useId();
  const fail = useFailure();
  const client = useQueryClient();
  const security = useQuery(securityQuery);
  const change = useMutation({
    mutationFn: (rule: Security['second_factor_required']) =>
      api.put<Security>('/security', { second_factor_required: rule }),
    onSuccess: () => {
      toast(t('changed'));
      // Whoever asked for it may be asked themselves now.
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
    onError: fail,
    onSettled: () => client.invalidateQueries({ queryKey: keys.security }),
  });
  if (security.isError) return <ErrorNotice error={security.error} className="mb-6" />;
  const rule = (change.isPending ? change.variables : undefined) ?? security.data?.second_factor_required;
  return (
    <Section title={t('secondFactor')}>
      <p className="mb-2 max-w-3xl text-ink-2">{t('secondFactorHint')}</p>
      <fieldset disabled={!mayWrite || !rule} className="grid grid-cols-3 gap-2 max-md:grid-cols-1">
        <legend className="sr-only">{t('secondFactor')}</legend>
        {RULES.map((one) => (
          <Choice
            key={one}
            name={name}
            checked={rule === one}
            onChoose={() => change.mutate(one)}
            label={t(`rule_${one}`)}
            hint={t(`rule_${one}_hint`)}
          />
        ))}
      </fieldset>
    </Section>
  );
}
