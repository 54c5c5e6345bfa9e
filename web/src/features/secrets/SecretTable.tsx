import { Link } from '@tanstack/react-router';
import { Clock, Ellipsis, Pencil, RotateCw, Trash2 } from 'lucide-react';
import type { Secret } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Badge } from '@/ui/badge';
import { CopyButton } from '@/ui/copy-button';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { type Column, Table } from '@/ui/table';
import { isOld, reference } from './rules';
import { words } from './words';

interface Props {
  secrets: Secret[];
  mayWrite: boolean;
  onOpen(dialog: 'change' | 'value', secret: Secret): void;
  onDelete(secret: Secret): void;
}

export function SecretTable({ secrets, mayWrite, onOpen, onDelete }: Props) {
  const t = useT(words);
  const c = useCommon();
  const format = useFormat();
  const columns: Column<Secret>[] = [
    {
      id: 'name',
      title: c('name'),
      className: 'sm:max-w-80',
      cell: (secret) => (
        <div className="py-1.5">
          <span className="flex items-center gap-1">
            <code className="min-w-0 truncate font-mono font-medium" title={secret.name}>
              {secret.name}
            </code>
            <CopyButton
              text={reference(secret.name)}
              label={t('copyUse', { use: reference(secret.name) })}
              size="small"
            />
          </span>
          {secret.about && <span className="block text-sm break-words text-ink-3">{secret.about}</span>}
        </div>
      ),
    },
    {
      id: 'hosts',
      title: t('hosts'),
      className: 'max-sm:w-full',
      cell: (secret) => (
        <span className="flex flex-wrap gap-1 py-1">
          {secret.hosts.map((host) => (
            <Badge key={host} className="font-mono">
              {host}
            </Badge>
          ))}
        </span>
      ),
    },
    {
      id: 'used',
      title: t('usedBy'),
      cell: (secret) =>
        secret.used_by.length ? (
          <span className="flex flex-wrap gap-x-2">
            {secret.used_by.map((app) => (
              <Link
                key={app.app_id}
                to="/apps/$appId/design"
                params={{ appId: app.app_id }}
                className="text-accent hover:underline"
              >
                {app.name}
              </Link>
            ))}
          </span>
        ) : (
          <span className="text-ink-3">{t('noApp')}</span>
        ),
    },
    {
      id: 'last',
      title: t('lastUsed'),
      phone: false,
      className: 'whitespace-nowrap',
      cell: (secret) =>
        secret.used_at ? format.ago(secret.used_at) : <span className="text-ink-3">{t('never')}</span>,
    },
    {
      id: 'value',
      title: t('valueFrom'),
      className: 'whitespace-nowrap',
      cell: (secret) =>
        isOld(secret.updated_at) ? (
          <Badge tone="warn" icon={Clock} title={t('oldHint')}>
            {t('old', { when: format.dateTime(secret.updated_at) })}
          </Badge>
        ) : (
          <span title={format.fullDateTime(secret.updated_at)}>{format.ago(secret.updated_at)}</span>
        ),
    },
  ];
  if (mayWrite) {
    columns.push({
      id: 'more',
      title: <span className="sr-only">{c('more')}</span>,
      align: 'right',
      className: 'max-sm:ml-auto',
      cell: (secret) => (
        <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${secret.name}`} />}>
          <MenuItem icon={RotateCw} onSelect={() => onOpen('value', secret)}>
            {t('changeValue')}
          </MenuItem>
          <MenuItem icon={Pencil} onSelect={() => onOpen('change', secret)}>
            {t('change')}
          </MenuItem>
          <MenuLine />
          <MenuItem icon={Trash2} danger onSelect={() => onDelete(secret)}>
            {c('delete')}
          </MenuItem>
        </Menu>
      ),
    });
  }
  return <Table label={t('title')} rows={secrets} rowKey={(secret) => secret.id} columns={columns} />;
}
