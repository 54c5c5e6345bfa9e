import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { GitCompareArrows, ListTree } from 'lucide-react';
import { useState } from 'react';
import { appsQuery, NO_TESTS, runsQuery } from '@/api/queries';
import { useT } from '@/i18n';
import { useTerms } from '@/i18n/terms';
import { Button, buttonClass } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { Loading } from '@/ui/spinner';
import { goesOn } from './facts';
import { RunTable } from './RunTable';
import { StartedBy } from './StartedBy';
import { words } from './words';

const STATUSES = ['running', 'succeeded', 'failed', 'paused', 'cancelled', 'queued'] as const;
const KINDS = { '': NO_TESTS, tests: ['test'], all: undefined } as const;
const kindOf = (kind: string | undefined) => (kind === 'tests' || kind === 'all' ? kind : '');
const POLL = 3000;

export default function RunsPage() {
  const t = useT(words);
  const term = useTerms();
  const navigate = useNavigate();
  const { app, status, trigger, kind } = useSearch({ from: '/shell/runs' });
  const apps = useQuery(appsQuery);
  const query = useInfiniteQuery({
    ...runsQuery({ app_id: app, status, trigger, kind: KINDS[kindOf(kind)] }),
    // Asked again only while something on the first page is under way.
    refetchInterval: ({ state }) => (state.data?.pages[0]?.items.some(goesOn) ? POLL : false),
  });
  const runs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const [picked, setPicked] = useState<string[]>([]);
  const pick = (id: string) =>
    setPicked((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id]));
  // The older one first: what came after is what changed.
  const compare = () => {
    const [b, a] = runs.filter((run) => picked.includes(run.id)).map((run) => run.id);
    if (a && b) void navigate({ to: '/runs/compare', search: { a, b } });
  };
  const filtered = Boolean(app || status || trigger || kind);
  const filter = (change: { app?: string; status?: string; trigger?: string; kind?: string }) =>
    void navigate({
      to: '/runs',
      search: Object.fromEntries(
        Object.entries({ app, status, trigger, kind, ...change }).filter(([, value]) => value),
      ),
      replace: true,
    });
  return (
    <div className="flex h-full flex-col px-8 pt-7 max-sm:px-4 max-sm:pt-4">
      <header className="mb-4 flex flex-wrap items-end gap-3">
        <div className="flex-1 basis-72">
          <h1 className="text-xl font-semibold">{t('title')}</h1>
          <p className="text-ink-2">{t('hint')}</p>
        </div>
        <Select
          label={t('app')}
          className="w-48! max-sm:w-[calc(50%-6px)]!"
          value={app ?? ''}
          // A trigger is one of its app's.
          onChange={(next) => filter({ app: next, trigger: undefined })}
          options={[
            { value: '', label: t('allApps') },
            ...(apps.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <Select
          label={t('status')}
          className="w-36! max-sm:w-[calc(50%-6px)]!"
          value={status ?? ''}
          onChange={(next) => filter({ status: next })}
          options={[
            { value: '', label: t('allStatuses') },
            ...STATUSES.map((one) => ({ value: one, label: term(`status_${one}`) })),
          ]}
        />
        <Select
          label={t('kinds')}
          className="w-36! max-sm:w-[calc(50%-6px)]!"
          value={kindOf(kind)}
          onChange={(next) => filter({ kind: next })}
          options={(['', 'tests', 'all'] as const).map((one) => ({ value: one, label: t(`kinds_${one || 'runs'}`) }))}
        />
        {app && <StartedBy appId={app} value={trigger ?? ''} onChange={(next) => filter({ trigger: next })} />}
      </header>
      {picked.length > 0 && (
        <div role="status" className="mb-3 flex items-center gap-3 rounded-lg bg-accent-soft px-3 py-1.5">
          <span className="flex-1 font-medium">{t('picked', { n: picked.length })}</span>
          <Button size="small" variant="ghost" onClick={() => setPicked([])}>
            {t('clearPicked')}
          </Button>
          <Button
            size="small"
            variant="primary"
            icon={GitCompareArrows}
            disabled={picked.length !== 2}
            onClick={compare}
          >
            {t('compare')}
          </Button>
        </div>
      )}
      {query.isPending && <Loading />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && !runs.length && filtered && (
        <p className="flex flex-wrap items-center gap-3 text-ink-2">
          {t('noMatch')}
          <Button
            size="small"
            onClick={() => filter({ app: undefined, status: undefined, trigger: undefined, kind: undefined })}
          >
            {t('clear')}
          </Button>
        </p>
      )}
      {query.isSuccess && !runs.length && !filtered && (
        <Empty
          icon={ListTree}
          title={t('emptyTitle')}
          actions={
            <Link to="/apps" className={buttonClass('primary')}>
              {t('openApps')}
            </Link>
          }
        >
          {t('emptyHint')}
        </Empty>
      )}
      {runs.length > 0 && (
        <RunTable
          runs={runs}
          picked={picked}
          onPick={pick}
          onEnd={() => {
            if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
          }}
        />
      )}
    </div>
  );
}
