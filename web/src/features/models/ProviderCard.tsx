import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Ellipsis, Pencil, PlugZap, Trash2 } from 'lucide-react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { providersQuery } from '@/api/queries';
import type { Provider, ProviderTest } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { ErrorNotice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { toast, undoable } from '@/ui/toast';
import { words } from './words';

export const testProvider = (id: string) => api.post<ProviderTest>(`/providers/${id}/test`);

export function ProviderCard({ provider, onEdit }: { provider: Provider; onEdit(): void }) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const test = useMutation({ mutationFn: () => testProvider(provider.id) });
  const remove = useDeleteProvider(provider);
  return (
    <Card className="flex w-full flex-col gap-2 p-4">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h3 className="text-md font-semibold">{provider.name}</h3>
          <p className="font-mono text-sm break-all text-ink-3">{provider.base_url}</p>
        </div>
        {can('model.write') && (
          <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${provider.name}`} />}>
            <MenuItem icon={Pencil} onSelect={onEdit}>
              {t('edit')}
            </MenuItem>
            <MenuLine />
            <MenuItem icon={Trash2} danger onSelect={remove}>
              {c('delete')}
            </MenuItem>
          </Menu>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Badge>{provider.zone}</Badge>
        <Badge tone={provider.models.length ? 'accent' : 'warn'}>
          {provider.models.length ? t('models', { n: provider.models.length }) : t('noModels')}
        </Badge>
        <Badge>{provider.has_key ? t('hasKey') : t('noKey')}</Badge>
        {can('model.write') && (
          <Button size="small" icon={PlugZap} className="ml-auto" busy={test.isPending} onClick={() => test.mutate()}>
            {t('test')}
          </Button>
        )}
      </div>
      <TestResult result={test.data} error={test.error} />
    </Card>
  );
}

/** What a test found, in words. */
export function TestResult({ result, error }: { result: ProviderTest | undefined; error: unknown }) {
  const t = useT(words);
  const text = useText();
  const format = useFormat();
  if (error) return <ErrorNotice error={error} />;
  if (!result) return null;
  if (result.ok) {
    return (
      <p role="status" className="flex items-center gap-1.5 text-ok">
        <CircleCheck size={15} aria-hidden="true" className="shrink-0" />
        {t('testOk', { time: format.duration(result.ms), n: result.models.length })}
      </p>
    );
  }
  return (
    <p role="alert" className="text-bad">
      <span className="font-semibold">{t('testFailed')}</span> · {text(result.error?.message)}
    </p>
  );
}

function useDeleteProvider(provider: Provider) {
  const client = useQueryClient();
  const c = useCommon();
  const text = useText();
  const refresh = () => {
    void client.invalidateQueries({ queryKey: keys.providers });
    void client.invalidateQueries({ queryKey: keys.models });
  };
  return () => {
    client.setQueryData(providersQuery.queryKey, (list) => list?.filter((one) => one.id !== provider.id));
    undoable(c('deleted', { name: provider.name }), c('undo'), {
      undo: refresh,
      carryOut: () => {
        api
          .delete(`/providers/${provider.id}`)
          .catch((error) => toast(text(asApiError(error).text), { tone: 'bad' }))
          .finally(refresh);
      },
    });
  };
}
