import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Play, Square, Workflow } from 'lucide-react';
import { lazy, Suspense, useCallback, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { runQuery } from '@/api/queries';
import type { Citation, Run } from '@/api/types';
import { CitationDrawer } from '@/documents/CitationDrawer';
import { SourceList } from '@/documents/SourceList';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Status } from '@/ui/status';
import { goesOn, msOf } from './facts';
import { Values } from './Values';
import { words } from './words';

const RunTrace = lazy(() => import('@/runs/RunTrace'));
const POLL = 1000;

export default function RunPage() {
  const t = useT(words);
  const { runId } = useParams({ from: '/shell/runs/$runId' });
  const query = useQuery({
    ...runQuery(runId),
    refetchInterval: ({ state }) => (state.data && goesOn(state.data) ? POLL : false),
  });
  if (query.isError) {
    return (
      <Page title={t('title')}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  return query.data ? <Detail key={runId} run={query.data} /> : <Loading className="h-full" />;
}

function Detail({ run }: { run: Run }) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const [opened, setOpened] = useState<Citation | null>(null);
  const openNumber = useCallback(
    (n: number) => setOpened(run.citations.find((one) => one.n === n) ?? null),
    [run.citations],
  );
  return (
    <Page
      above={
        <Link to="/runs" className="hover:text-ink hover:underline">
          {t('backToAll')}
        </Link>
      }
      title={
        <>
          {run.app_name}
          <Status status={run.status} className="text-md" />
          {run.offline && (
            <Badge tone="warn" title={t('offlineHint')}>
              {t('offline')}
            </Badge>
          )}
        </>
      }
      hint={<Facts run={run} />}
      actions={<Actions run={run} />}
    >
      <div className="flex flex-col">
        {run.error && (
          <Notice kind="bad" className="mb-6" title={text(run.error.message)}>
            <span className="font-mono text-xs">{c('code', { code: run.error.code })}</span>
          </Notice>
        )}
        <div className="grid grid-cols-2 gap-x-5 max-lg:grid-cols-1">
          <Section title={t('inputs')}>
            <Values values={run.inputs} />
          </Section>
          <Section title={t('outputs')}>
            <Values values={run.outputs ?? {}} markdown cites={run.citations.map((one) => one.n)} onCite={openNumber} />
          </Section>
        </div>
        <Section title={t('trace')}>
          <Suspense fallback={<Loading />}>
            <RunTrace runId={run.id} />
          </Suspense>
        </Section>
        {run.citations.length > 0 && (
          <Section title={t('sources')}>
            <SourceList citations={run.citations} onOpen={setOpened} />
          </Section>
        )}
      </div>
      <CitationDrawer citation={opened} onClose={() => setOpened(null)} />
    </Page>
  );
}

function Facts({ run }: { run: Run }) {
  const t = useT(words);
  const format = useFormat();
  const ms = msOf(run);
  const replaced = run.models.filter((one) => one.requested !== one.model);
  const facts = [
    run.version === 'draft' ? t('draft') : `v${run.version}`,
    t('created', { when: format.dateTime(run.created_at), who: run.created_by }),
    ms !== null && format.duration(ms),
    run.usage && t('usage', run.usage),
    ...replaced.map((one) => t('modelReplaced', { requested: one.requested, model: one.model })),
  ].filter((fact): fact is string => Boolean(fact));
  return (
    <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </span>
  );
}

function Actions({ run }: { run: Run }) {
  const t = useT(words);
  const can = useCan();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.post<Run>(`/runs/${run.id}/cancel`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.run(run.id) }),
  });
  const params = { appId: run.app_id };
  return (
    <>
      <CopyButton label={t('copyId')} text={run.id} />
      {can('app.write') && (
        <Link to="/apps/$appId/design" params={params} search={{ run: run.id }} className={buttonClass()}>
          <Workflow size={16} aria-hidden="true" />
          {t('openDesign')}
        </Link>
      )}
      {goesOn(run) || run.status === 'paused' ? (
        <Button icon={Square} busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {t('stop')}
        </Button>
      ) : (
        <Link to="/apps/$appId/use" params={params} className={buttonClass()}>
          <Play size={16} aria-hidden="true" />
          {t('runAgain')}
        </Link>
      )}
    </>
  );
}
