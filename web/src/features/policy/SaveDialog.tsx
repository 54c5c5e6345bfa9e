import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Policy, PolicyEffects } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { FormDialog } from '@/ui/form-dialog';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { words } from './words';

/** What the changed policy would do to what is published, before it is saved. */
export function SaveDialog({ policy, onClose }: { policy: Policy; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const effects = useQuery({
    queryKey: [...keys.policy, 'effects', policy],
    queryFn: () => api.post<PolicyEffects>('/policy/effects', policy),
    gcTime: 0,
    retry: false,
  });
  const save = useMutation({
    mutationFn: () => api.put<Policy>('/policy', policy),
    onSuccess: async () => {
      toast(t('saved'));
      onClose();
      await client.invalidateQueries();
    },
  });
  const breaks = Boolean(effects.data && effects.data.apps.length + effects.data.others);
  return (
    <FormDialog
      title={t('review')}
      submit={breaks ? t('saveAnyway') : effects.data ? t('saveNow') : c('save')}
      danger={breaks}
      sending={{ isPending: save.isPending || effects.isPending, error: save.error }}
      onClose={onClose}
      onSubmit={() => effects.data && save.mutate()}
    >
      {effects.isPending && <Loading />}
      {effects.isError && <ErrorNotice error={effects.error} />}
      {effects.data && <Told effects={effects.data} />}
    </FormDialog>
  );
}

function Told({ effects: { apps, others, unknown } }: { effects: PolicyEffects }) {
  const t = useT(words);
  const text = useText();
  return (
    <>
      {apps.length + others === 0 ? (
        <p className="flex items-center gap-2 font-medium text-ok">
          <ShieldCheck size={17} aria-hidden="true" />
          {t('reviewOk')}
        </p>
      ) : (
        <Notice kind="bad" title={t('reviewBad', { n: apps.length + others })}>
          <p>{t('reviewBadHint')}</p>
          <ul className="mt-2 flex flex-col gap-2">
            {apps.map((app) => (
              <li key={app.app_id}>
                <Link to="/apps/$appId/data-flow" params={{ appId: app.app_id }} className="font-medium underline">
                  {app.name}
                </Link>
                {app.problems.map((problem) => (
                  <span key={`${problem.pointer} ${problem.node}`} className="block text-sm">
                    {text(problem.message)}
                  </span>
                ))}
              </li>
            ))}
          </ul>
          {others > 0 && <p className="mt-2">{t('reviewOthers', { n: others })}</p>}
        </Notice>
      )}
      {unknown.length > 0 && (
        <Notice kind="warn" title={t('unknown')}>
          <ul className="list-disc pl-4">
            {unknown.map(({ kind, name, what, value }) => (
              <li key={`${kind} ${name} ${what}`}>
                {t(what === 'level' ? 'unknownLevel' : 'unknownZone', { name, value })}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}
