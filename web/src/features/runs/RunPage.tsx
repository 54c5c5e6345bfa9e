import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, Suspense, useCallback, useState } from 'react';
import { AnswerText } from '@/answer/AnswerText';
import { OfflineNotice } from '@/answer/OfflineNotice';
import { shownOutputs } from '@/answer/outputs';
import { RunFailure } from '@/answer/RunFailure';
import { runQuery } from '@/api/queries';
import type { Citation, Run } from '@/api/types';
import { LazyCitation } from '@/documents/LazyCitation';
import { SourceList } from '@/documents/SourceList';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { hasEnded, type RunView } from '@/runs/fold';
import { NOTHING } from '@/runs/follow';
import { Paused } from '@/runs/Paused';
import { Progress } from '@/runs/Progress';
import { answersOf } from '@/runs/readings';
import { useFollow } from '@/runs/useFollow';
import { useNames } from '@/runs/useNames';
import { ValueList } from '@/runs/values/ValueList';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Status } from '@/ui/status';
import { Actions } from './Actions';
import { Facts } from './Facts';
import { Origin } from './Origin';
import { type Look, ViewSwitch } from './ViewSwitch';
import { words } from './words';

const POLL = 3000;
const RunTrace = lazily(() => import('@/runs/RunTrace'));
const RunReplay = lazily(() => import('@/runs/RunReplay'));

export default function RunPage() {
  const t = useT(words);
  const { runId } = useParams({ from: '/shell/runs/$runId' });
  const mayRead = useCan()('run.read');
  const query = useQuery({
    ...runQuery(runId),
    // Whoever may not follow its events sees by this how it goes.
    refetchInterval: ({ state }) => (!mayRead && state.data && !hasEnded(state.data.status) ? POLL : false),
  });
  if (query.isError) {
    return (
      <Page title={t('title')}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  if (!query.data) return <Loading className="h-full" />;
  return mayRead ? <Detail key={runId} run={query.data} /> : <Closed run={query.data} />;
}

interface FrameProps {
  run: Run;
  view: RunView;
  status: RunView['status'];
  going: boolean;
  children: ReactNode;
}

function Frame({ run, view, status, going, children }: FrameProps) {
  const t = useT(words);
  const navigate = useNavigate();
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
          <Status status={status} className="text-md" />
        </>
      }
      hint={
        <>
          <Facts run={run} view={view} />
          <Origin run={run} />
        </>
      }
      actions={
        <Actions
          run={run}
          going={going}
          onForked={(next) => void navigate({ to: '/runs/$runId', params: { runId: next.id } })}
        />
      }
    >
      {children}
    </Page>
  );
}

/** For whoever keeps runs going and may not see what is in them: nothing is asked that would be refused and recorded. */
function Closed({ run }: { run: Run }) {
  const t = useT(words);
  return (
    <Frame run={run} view={NOTHING.view} status={run.status} going={!hasEnded(run.status)}>
      <p className="text-ink-2">{t('closed')}</p>
    </Frame>
  );
}

function Detail({ run }: { run: Run }) {
  const t = useT(words);
  const following = useFollow(run.id);
  const { view, going } = following;
  const names = useNames(run.id);
  const failure = run.error ?? view.error;
  const status = view.seq ? view.status : run.status;
  const { node } = useSearch({ from: '/shell/runs/$runId' });
  const navigate = useNavigate();
  const [look, setLook] = useState<Look>('steps');
  const choose = useCallback(
    (next: string | null) =>
      void navigate({
        to: '/runs/$runId',
        params: { runId: run.id },
        search: next ? { node: next } : {},
        replace: true,
        resetScroll: false,
      }),
    [navigate, run.id],
  );
  const openRun = (next: Run) => void navigate({ to: '/runs/$runId', params: { runId: next.id } });
  return (
    <Frame run={run} view={view} status={status} going={going}>
      <div className="flex flex-col gap-3 not-empty:mb-6">
        {failure && (
          <RunFailure
            error={failure}
            node={failure.node ? names.title(failure.node) : undefined}
            onOpenNode={failure.node ? () => choose(failure.node ?? null) : undefined}
          />
        )}
        <Paused runId={run.id} view={view} names={names} />
        {going && status !== 'paused' && <Progress following={following} names={names} />}
        {following.lost && <ErrorNotice error={following.lost} />}
      </div>
      <div className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-5 max-lg:grid-cols-1">
        <Section title={t('inputs')}>
          <Card className="max-h-120 overflow-auto px-4 py-3">
            <ValueList values={run.inputs} />
          </Card>
        </Section>
        <Section title={t('outputs')}>
          <Outputs run={run} streamed={answersOf(view)} going={going} />
        </Section>
      </div>
      <Section title={t('trace')} actions={!going && <ViewSwitch value={look} onChange={setLook} />}>
        <Suspense fallback={<Loading />}>
          {look === 'canvas' && !going ? (
            <RunReplay runId={run.id} node={node ?? null} onNode={choose} />
          ) : (
            <RunTrace runId={run.id} node={node ?? null} onNode={choose} onForked={openRun} />
          )}
        </Suspense>
      </Section>
    </Frame>
  );
}

interface OutputsProps {
  run: Run;
  streamed: { node: string; text: string }[];
  going: boolean;
}

/** What the run gave, with the pages it stands on. */
function Outputs({ run, streamed, going }: OutputsProps) {
  const t = useT(words);
  const [opened, setOpened] = useState<Citation | null>(null);
  const open = useCallback((n: number) => setOpened(run.citations.find((one) => one.n === n) ?? null), [run.citations]);
  const outputs = shownOutputs(run.outputs, streamed);
  return (
    <>
      <Card className="max-h-120 overflow-auto p-4">
        {outputs.length ? (
          <AnswerText outputs={outputs} streaming={going} citations={run.citations} onCite={open} />
        ) : (
          <p className="text-ink-3">{going ? t('outputsSoon') : t('noOutputs')}</p>
        )}
        {run.offline && (
          <div className="mt-4">
            <OfflineNotice run={run} />
          </div>
        )}
      </Card>
      {run.citations.length > 0 && (
        <details className="mt-3">
          <summary className="w-fit cursor-pointer font-semibold text-ink-2">
            {t('sourceCount', { n: run.citations.length })}
          </summary>
          <div className="mt-2">
            <SourceList citations={run.citations} onOpen={setOpened} />
          </div>
        </details>
      )}
      <LazyCitation citation={opened} onClose={() => setOpened(null)} />
    </>
  );
}
