import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Play, Workflow } from 'lucide-react';
import { Suspense, useState } from 'react';
import { appQuery } from '@/api/queries';
import type { App, Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { Button, buttonClass } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Tabs } from '@/ui/tabs';
import { CasesTab } from './cases/CasesTab';
import { useCases } from './cases/changes';
import { useEvaluations, useStart } from './evaluations';
import { usePlace } from './place';
import { ResultsTab } from './results/ResultsTab';
import type { Version } from './VersionSelect';
import { words } from './words';

const VersionSelect = lazily(() => import('./VersionSelect'));
const TuningTab = lazily(() => import('./tuning/TuningTab'));

export default function TestsPage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/tests' });
  const app = useQuery(appQuery(appId));
  if (app.isError) {
    return (
      <Page title={t('title')}>
        <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
      </Page>
    );
  }
  return app.data ? <Tests key={appId} app={app.data} /> : <Loading className="h-full" />;
}

function Tests({ app }: { app: App }) {
  const t = useT(words);
  const can = useCan();
  const { tab, go } = usePlace();
  const cases = useCases(app.id);
  const evaluations = useEvaluations(app.id);
  const [version, setVersion] = useState<Version>(can('app.write') ? 'draft' : 'published');
  const show = (evaluation: Evaluation) => go({ tab: 'results', evaluation: evaluation.id, case: '' });
  const start = useStart(app.id, show);
  const run = (chosen: string[] | null) => start.mutate({ version, cases: chosen });
  const some = (cases.data?.length ?? 0) > 0;
  return (
    <Page
      width="full"
      above={
        <Link
          to={can('app.write') ? '/apps/$appId/design' : '/apps/$appId/use'}
          params={{ appId: app.id }}
          className="hover:text-ink hover:underline"
        >
          {app.name}
        </Link>
      }
      title={t('title')}
      hint={t('hint')}
      actions={
        <>
          {can('app.write') && (
            <Link to="/apps/$appId/design" params={{ appId: app.id }} className={buttonClass('ghost')}>
              <Workflow size={16} aria-hidden="true" />
              {t('design')}
            </Link>
          )}
          {tab !== 'tuning' && some && can('run.create') && (
            <>
              {can('app.write') && app.published_version !== null && (
                <Suspense fallback={<span className="w-36" />}>
                  <VersionSelect published={app.published_version} value={version} onChange={setVersion} />
                </Suspense>
              )}
              <Button variant="primary" icon={Play} busy={start.isPending} onClick={() => run(null)}>
                {t('runAll')}
              </Button>
            </>
          )}
        </>
      }
    >
      {start.isError && <ErrorNotice error={start.error} className="mb-4" />}
      <Tabs
        label={t('title')}
        value={tab}
        onChange={(next) => go({ tab: next, case: '', run: '' })}
        tabs={[
          {
            id: 'cases',
            label: t('tab_cases'),
            count: cases.data?.length,
            content: <CasesTab app={app} cases={cases} evaluations={evaluations.data} onRun={run} />,
          },
          {
            id: 'results',
            label: t('tab_results'),
            content: <ResultsTab evaluations={evaluations} empty={!some} onRun={() => run(null)} />,
          },
          {
            id: 'tuning',
            label: t('tab_tuning'),
            content: (
              <Suspense fallback={<Loading />}>
                <TuningTab app={app} cases={cases.data} evaluations={evaluations.data} />
              </Suspense>
            ),
          },
        ]}
      />
    </Page>
  );
}
