import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { apiKeysQuery } from '@/api/queries';
import type { ApiKey } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { IconButton } from '@/ui/icon-button';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { Table } from '@/ui/table';
import { toast, undoable } from '@/ui/toast';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';
import { NewKeyDialog } from './NewKeyDialog';
import { Scope } from './Scope';

function useDeleteKey() {
  const client = useQueryClient();
  const c = useCommon();
  const text = useText();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.apiKeys });
  return (key: ApiKey) => {
    client.setQueryData(apiKeysQuery.queryKey, (list) => list?.filter((one) => one.id !== key.id));
    undoable(c('deleted', { name: key.name }), c('undo'), {
      undo: refresh,
      carryOut: () => {
        api
          .delete(`/api-keys/${key.id}`)
          .catch((error) => toast(text(asApiError(error).text), { tone: 'bad' }))
          .finally(refresh);
      },
    });
  };
}

export default function KeysTab() {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const format = useFormat();
  const { nameOf } = useRoles();
  const query = useQuery(apiKeysQuery);
  const [creating, setCreating] = useState(false);
  const remove = useDeleteKey();
  const create = can('key.write') && (
    <Button icon={Plus} variant="primary" className="self-end" onClick={() => setCreating(true)}>
      {t('newKey')}
    </Button>
  );
  const dialog = creating && <NewKeyDialog onClose={() => setCreating(false)} />;
  if (!query.data) {
    return query.isError ? <ErrorNotice error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  }
  return (
    <>
      {query.data.length === 0 ? (
        <Empty icon={KeyRound} title={t('noKeys')} actions={create}>
          {t('noKeysHint')}
        </Empty>
      ) : (
        <div className="flex flex-col gap-4">
          {create}
          <Table
            label={t('tab_keys')}
            rows={query.data}
            rowKey={(key) => key.id}
            columns={[
              {
                id: 'name',
                title: t('keyName'),
                cell: (key) => (
                  <div className="py-1.5">
                    <span className="font-medium">{key.name}</span>
                    <span className="block text-sm text-ink-3">
                      <code className="font-mono">{key.prefix}…</code>
                      {key.created_by_name && ` · ${t('madeBy', { name: key.created_by_name })}`}
                    </span>
                  </div>
                ),
              },
              {
                id: 'role',
                title: t('role'),
                className: 'whitespace-nowrap',
                cell: (key) => nameOf(key.role, key.role_name),
              },
              { id: 'scope', title: t('scope'), cell: (key) => <Scope apps={key.apps} datasets={key.datasets} /> },
              {
                id: 'expires',
                title: t('expires'),
                className: 'whitespace-nowrap',
                cell: (key) => {
                  if (key.expires_at === null) return t('never');
                  if (key.expires_at < Date.now()) return <Badge tone="bad">{t('expired')}</Badge>;
                  return t('until', { when: format.dateTime(key.expires_at) });
                },
              },
              {
                id: 'used',
                title: t('lastUsed'),
                phone: false,
                className: 'whitespace-nowrap',
                cell: (key) => (key.last_used_at ? format.ago(key.last_used_at) : t('neverUsed')),
              },
              {
                id: 'delete',
                title: <span className="sr-only">{c('delete')}</span>,
                align: 'right',
                className: 'max-sm:ml-auto',
                cell: (key) =>
                  can('key.write') && (
                    <IconButton
                      icon={Trash2}
                      size="small"
                      label={`${c('delete')}: ${key.name}`}
                      onClick={() => remove(key)}
                    />
                  ),
              },
            ]}
          />
        </div>
      )}
      {/* In one place whether the list is empty or not: what it shows once must outlive the first entry. */}
      {dialog}
    </>
  );
}
