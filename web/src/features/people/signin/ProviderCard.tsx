import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Building2, CircleCheck, CirclePause, Pencil, PlugZap, Trash2 } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { ssoProvidersQuery } from '@/api/people';
import type { SsoProvider, SsoTest } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { IconButton } from '@/ui/icon-button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { undoable } from '@/ui/toast';
import { useFailure } from '../changes';
import { Mark } from '../Mark';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';

interface Props {
  provider: SsoProvider;
  mayWrite: boolean;
  onEdit(): void;
}

function useDeleteProvider() {
  const c = useCommon();
  const fail = useFailure();
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.ssoProviders });
  return (provider: SsoProvider) => {
    client.setQueryData(ssoProvidersQuery.queryKey, (list) => list?.filter((one) => one.id !== provider.id));
    undoable(c('deleted', { name: provider.name }), c('undo'), {
      undo: refresh,
      carryOut: () => void api.delete(`/sso-providers/${provider.id}`).catch(fail).finally(refresh),
    });
  };
}

export function ProviderCard({ provider, mayWrite, onEdit }: Props) {
  const t = useT(words);
  const c = useCommon();
  const { nameOf } = useRoles();
  const remove = useDeleteProvider();
  const test = useMutation({ mutationFn: () => api.post<SsoTest>(`/sso-providers/${provider.id}/test`) });
  const facts: [string, string][] = [
    [t('issuer'), provider.issuer],
    [t('clientId'), provider.client_id],
    [t('mappings'), t('mappingCount', { n: provider.mappings.length })],
    [t('defaultRole'), provider.default_role ? nameOf(provider.default_role) : t('nobodyElse')],
  ];
  return (
    <Card className="p-4">
      <div className="flex flex-wrap items-start gap-3">
        <span className="grid size-8 shrink-0 place-items-center rounded-md bg-accent-soft text-accent">
          <Building2 size={17} aria-hidden="true" />
        </span>
        <div className="min-w-0 flex-1 basis-48">
          <h3 className="text-md font-semibold break-words">{provider.name}</h3>
          <Mark icon={provider.enabled ? CircleCheck : CirclePause} tone={provider.enabled ? 'ok' : 'idle'}>
            {provider.enabled ? t('providerOn') : t('providerOff')}
          </Mark>
        </div>
        {mayWrite && (
          <div className="flex items-center gap-1">
            <Button size="small" icon={PlugZap} busy={test.isPending} onClick={() => test.mutate()}>
              {t('test')}
            </Button>
            <IconButton
              icon={Pencil}
              size="small"
              label={t('changeProvider', { name: provider.name })}
              onClick={onEdit}
            />
            <IconButton
              icon={Trash2}
              size="small"
              label={`${c('delete')}: ${provider.name}`}
              onClick={() => remove(provider)}
            />
          </div>
        )}
      </div>
      <dl className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 max-md:grid-cols-1">
        {facts.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-sm text-ink-3">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
        <div className="col-span-full min-w-0">
          <dt className="text-sm text-ink-3">{t('redirect')}</dt>
          <dd className="flex items-center gap-1">
            <code className="min-w-0 font-mono text-sm break-all">{provider.redirect_uri}</code>
            <CopyButton text={provider.redirect_uri} size="small" />
          </dd>
        </div>
      </dl>
      <div aria-live="polite">
        {test.isError && <ErrorNotice error={test.error} className="mt-3" />}
        {test.data && <Tested test={test.data} />}
      </div>
    </Card>
  );
}

function Tested({ test }: { test: SsoTest }) {
  const t = useT(words);
  const text = useText();
  if (test.ok) {
    return (
      <p className="mt-3">
        <Mark icon={CircleCheck} tone="ok">
          {t('testOk')}
        </Mark>
      </p>
    );
  }
  return (
    <Notice kind="bad" title={t('testFailed')} className="mt-3">
      <ul className="list-disc pl-4">
        {test.problems.map(({ code, message }) => (
          <li key={code}>{text(message)}</li>
        ))}
      </ul>
    </Notice>
  );
}
