import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Play, Workflow } from 'lucide-react';
import { appsQuery, NO_TESTS, runsQuery } from '@/api/queries';
import { sessionQuery } from '@/api/session';
import type { App, Run } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useAppPlaces } from '@/lib/apps';
import { Badge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Status } from '@/ui/status';
import { greeting } from './attention';
import { Needs } from './Needs';
import { words } from './words';

export default function HomePage() {
  const t = useT(words);
  const { data: session } = useQuery(sessionQuery);
  const apps = useQuery(appsQuery);
  const runs = useInfiniteQuery(runsQuery({ kind: NO_TESTS }));
  const recent = [...(apps.data ?? [])].sort((a, b) => b.updated_at - a.updated_at).slice(0, 5);
  const latest = runs.data?.pages[0]?.items ?? [];
  return (
    <Page title={t(greeting(new Date().getHours()), { name: session?.user.username ?? '' })}>
      <Needs runs={runs.data?.pages.flatMap((page) => page.items)} />
      <div className="grid grid-cols-2 gap-x-5 max-lg:grid-cols-1">
        <Section title={t('apps')} actions={<More to="/apps" label={t('allApps')} />}>
          {apps.isPending && <Loading />}
          {apps.isError && <ErrorNotice error={apps.error} onRetry={() => void apps.refetch()} />}
          {apps.data && (
            <Rows empty={<NoApps />}>
              {recent.map((app) => (
                <AppRow key={app.id} app={app} />
              ))}
            </Rows>
          )}
        </Section>
        <Section title={t('runs')} actions={<More to="/runs" label={t('allRuns')} />}>
          {runs.isPending && <Loading />}
          {runs.isError && <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
          {runs.data && (
            <Rows empty={<p className="p-5 text-ink-2">{t('noRuns')}</p>}>
              {latest.slice(0, 5).map((run) => (
                <RunRow key={run.id} run={run} />
              ))}
            </Rows>
          )}
        </Section>
      </div>
    </Page>
  );
}

function More({ to, label }: { to: '/apps' | '/runs'; label: string }) {
  return (
    <Link to={to} className="rounded-sm text-sm font-medium text-accent hover:underline">
      {label}
    </Link>
  );
}

function Rows({ children, empty }: { children: React.ReactNode[]; empty: React.ReactNode }) {
  return <Card>{children.length ? <ul>{children}</ul> : empty}</Card>;
}

function NoApps() {
  const t = useT(words);
  return (
    <p className="flex flex-wrap items-center gap-3 p-5 text-ink-2">
      {t('noApps')}
      <Link to="/apps" className={buttonClass('default', 'small')}>
        {t('createApp')}
      </Link>
    </p>
  );
}

const ROW =
  'relative flex min-h-13 items-center gap-3 border-t border-line px-4 py-2 first:border-t-0 hover:bg-sunken/60';

function AppRow({ app }: { app: App }) {
  const t = useT(words);
  const { use, opens } = useAppPlaces(app);
  const format = useFormat();
  return (
    <li className={ROW}>
      <Workflow size={17} aria-hidden="true" className="shrink-0 text-accent" />
      <div className="min-w-0 flex-1">
        <Link to={opens} params={{ appId: app.id }} className="block truncate font-medium after:absolute after:inset-0">
          {app.name}
        </Link>
        <span className="text-sm text-ink-3">{format.ago(app.updated_at)}</span>
      </div>
      {app.published_version !== null && <Badge tone="ok">v{app.published_version}</Badge>}
      {use && app.published_version !== null && (
        <Link
          to={use}
          params={{ appId: app.id }}
          aria-label={`${t('use')}: ${app.name}`}
          className={buttonClass('default', 'small', 'relative z-10')}
        >
          <Play size={14} aria-hidden="true" />
          {t('use')}
        </Link>
      )}
    </li>
  );
}

function RunRow({ run }: { run: Run }) {
  const format = useFormat();
  return (
    <li className={ROW}>
      <Status status={run.status} className="w-24" />
      <Link
        to="/runs/$runId"
        params={{ runId: run.id }}
        className="min-w-0 flex-1 truncate font-medium after:absolute after:inset-0"
      >
        {run.app_name}
      </Link>
      <span className="text-sm whitespace-nowrap text-ink-3">{format.ago(run.created_at)}</span>
    </li>
  );
}
