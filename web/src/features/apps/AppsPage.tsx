import { useQuery } from '@tanstack/react-query';
import { FileDown, LayoutGrid, Plus, Search } from 'lucide-react';
import { useState } from 'react';
import { appsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { AppCard } from './AppCard';
import { AppDialog } from './AppDialog';
import { ImportDialog } from './ImportDialog';
import { words } from './words';

type Open = { kind: 'create' } | { kind: 'import' } | { kind: 'edit'; app: App } | null;

const SEARCH_FROM = 7; // fewer apps than this are found by looking

export default function AppsPage() {
  const t = useT(words);
  const can = useCan();
  const apps = useQuery(appsQuery);
  const [open, setOpen] = useState<Open>(null);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const shown = (apps.data ?? []).filter((app) => `${app.name} ${app.description}`.toLowerCase().includes(wanted));
  const actions = can('app.write') && (
    <>
      <Button icon={FileDown} onClick={() => setOpen({ kind: 'import' })}>
        {t('import')}
      </Button>
      <Button icon={Plus} variant="primary" onClick={() => setOpen({ kind: 'create' })}>
        {t('new')}
      </Button>
    </>
  );
  return (
    <Page title={t('title')} hint={t('hint')} actions={actions}>
      {(apps.data?.length ?? 0) >= SEARCH_FROM && (
        <div className="relative mb-4 max-w-xs">
          <Search size={15} aria-hidden="true" className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3" />
          <Input
            type="search"
            aria-label={t('searchApps')}
            placeholder={t('searchApps')}
            className="pl-8"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      {apps.isPending && <Loading />}
      {apps.isError && <ErrorNotice error={apps.error} onRetry={() => void apps.refetch()} />}
      {apps.data?.length === 0 && (
        <Empty icon={LayoutGrid} title={t('emptyTitle')} actions={actions}>
          {t('emptyHint')}
        </Empty>
      )}
      {wanted && shown.length === 0 && <p className="text-ink-2">{t('noMatch', { text })}</p>}
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(280px,1fr))] gap-4">
        {shown.map((app) => (
          <li key={app.id} className="flex">
            <AppCard app={app} onEdit={() => setOpen({ kind: 'edit', app })} />
          </li>
        ))}
      </ul>
      {(open?.kind === 'create' || open?.kind === 'edit') && (
        <AppDialog app={open.kind === 'edit' ? open.app : null} onClose={() => setOpen(null)} />
      )}
      {open?.kind === 'import' && <ImportDialog onClose={() => setOpen(null)} />}
    </Page>
  );
}
