/** Two runs side by side: which way each took, how long, what each gave, with what differs marked. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeftRight, Equal, GitCompareArrows } from 'lucide-react';
import { useMemo, useState } from 'react';
import { runQuery } from '@/api/queries';
import type { Run } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { TextDiff } from '@/runs/diff/TextDiff';
import type { RunView } from '@/runs/fold';
import { usageOf } from '@/runs/readings';
import { useFollow } from '@/runs/useFollow';
import { type Names, useNames } from '@/runs/useNames';
import { Button, buttonClass } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Switch } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Status } from '@/ui/status';
import { PairRow } from './compare/PairRow';
import { pairsOf, sameValue } from './compare/rows';
import { questionOf, versionOf } from './facts';
import { words } from './words';

export default function ComparePage() {
  const t = useT(words);
  const { a, b } = useSearch({ from: '/shell/runs/compare' });
  const navigate = useNavigate();
  const above = (
    <Link to="/runs" className="hover:text-ink hover:underline">
      {t('backToAll')}
    </Link>
  );
  if (!a || !b) {
    return (
      <Page above={above} title={t('compareTitle')}>
        <Empty
          icon={GitCompareArrows}
          title={t('compareTitle')}
          actions={
            <Link to="/runs" className={buttonClass('primary')}>
              {t('backToAll')}
            </Link>
          }
        >
          {t('compareNone')}
        </Empty>
      </Page>
    );
  }
  const swap = () => void navigate({ to: '/runs/compare', search: { a: b, b: a }, replace: true });
  return (
    <Page
      above={above}
      title={t('compareTitle')}
      hint={t('compareHint')}
      actions={
        <Button icon={ArrowLeftRight} onClick={swap}>
          {t('swap')}
        </Button>
      }
    >
      <Compared key={`${a} ${b}`} a={a} b={b} />
    </Page>
  );
}

function Compared({ a, b }: { a: string; b: string }) {
  const [left, right] = [useQuery(runQuery(a)), useQuery(runQuery(b))];
  const [one, two] = [useFollow(a), useFollow(b)];
  const [first, second] = [useNames(a), useNames(b)];
  const failed = [left, right].find((query) => query.isError);
  const lost = one.lost ?? two.lost;
  if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (lost) return <ErrorNotice error={lost} />;
  if (!left.data || !right.data || !one.view.seq || !two.view.seq) return <Loading />;
  // A node that only the other run has is known by that run's graph.
  const names: Names = { ...first, title: (path) => (first.node(path) ? first.title(path) : second.title(path)) };
  return <Shown a={left.data} b={right.data} views={[one.view, two.view]} names={names} />;
}

interface ShownProps {
  a: Run;
  b: Run;
  views: [RunView, RunView];
  names: Names;
}

function Shown({ a, b, views, names }: ShownProps) {
  const t = useT(words);
  const [changes, setChanges] = useState(false);
  const [left, right] = views;
  const pairs = useMemo(() => pairsOf(left, right), [left, right]);
  const shown = changes ? pairs.filter((pair) => pair.differs.length) : pairs;
  const inputs = !sameValue(a.inputs, b.inputs);
  return (
    <>
      <div className="mb-6 grid grid-cols-2 gap-4 max-md:grid-cols-1">
        <Head run={a} view={left} label={t('runA')} />
        <Head run={b} view={right} label={t('runB')} />
      </div>
      {inputs && (
        <Section title={t('inputs')}>
          <TextDiff a={a.inputs} b={b.inputs} />
        </Section>
      )}
      <Section
        title={t('nodesHead')}
        actions={
          <span className="flex items-center gap-2 text-sm text-ink-2">
            {t('onlyChanges')}
            <Switch label={t('onlyChanges')} checked={changes} onChange={setChanges} />
          </span>
        }
      >
        <Card>
          {!shown.length && (
            <p className="flex items-center gap-2 p-4 text-ink-2">
              <Equal size={16} aria-hidden="true" className="text-ok" />
              {t('sameAll')}
            </p>
          )}
          <ul>
            {shown.map((pair) => (
              <PairRow key={pair.path} pair={pair} names={names} views={views} />
            ))}
          </ul>
        </Card>
      </Section>
    </>
  );
}

function Head({ run, view, label }: { run: Run; view: RunView; label: string }) {
  const t = useT(words);
  const format = useFormat();
  const { input, output } = usageOf(view);
  const end = view.endedAt ?? view.at;
  const version = versionOf(run);
  const facts = [
    version === null ? t('draft') : `v${version}`,
    run.kind !== 'run' && t(`kind_${run.kind}`),
    format.dateTime(run.created_at),
    view.startedAt !== null && end !== null && format.duration(Math.max(0, end - view.startedAt)),
    input + output > 0 && t('usage', { input, output }),
  ].filter(Boolean);
  return (
    <Card className="px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-sm font-semibold text-ink-3">{label}</span>
        <Link to="/runs/$runId" params={{ runId: run.id }} className="min-w-0 truncate font-semibold hover:underline">
          {run.app_name}
        </Link>
        <Status status={view.status} />
      </p>
      <p className="truncate text-ink-2">{questionOf(run) || '–'}</p>
      <p className="figures text-sm text-ink-3">{facts.join(' · ')}</p>
    </Card>
  );
}
