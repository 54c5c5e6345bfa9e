import { Link } from '@tanstack/react-router';
import { ListTree } from 'lucide-react';
import { useCallback, useState } from 'react';
import { AnswerText } from '@/answer/AnswerText';
import { OfflineNotice } from '@/answer/OfflineNotice';
import { shownOutputs } from '@/answer/outputs';
import { RunFailure } from '@/answer/RunFailure';
import type { Citation } from '@/api/types';
import { LazyCitation } from '@/documents/LazyCitation';
import { SourceList } from '@/documents/SourceList';
import { useFormat, useT } from '@/i18n';
import { hasEnded } from '@/runs/fold';
import { Paused } from '@/runs/Paused';
import { Progress } from '@/runs/Progress';
import { answersOf } from '@/runs/readings';
import type { Following } from '@/runs/useFollow';
import { useNames } from '@/runs/useNames';
import { buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ErrorNotice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { words } from './words';

interface Props {
  runId: string;
  /** What was asked, in words. */
  question: string;
  following: Following;
}

/** One question with its answer, sources and how long it took. */
export function Result({ runId, question, following }: Props) {
  const t = useT(words);
  const { view, run, lost, error, going } = following;
  const names = useNames(runId);
  const [opened, setOpened] = useState<Citation | null>(null);
  const citations = run?.citations ?? [];
  const open = useCallback((n: number) => setOpened(run?.citations.find((one) => one.n === n) ?? null), [run]);
  const outputs = shownOutputs(run?.outputs ?? null, answersOf(view));
  const failure = run?.error ?? view.error;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_300px] items-start gap-5 max-lg:grid-cols-1">
      <Card className="min-h-40 p-5 max-sm:p-4">
        {question && (
          <h2 className="mb-3 border-b border-line pb-3 text-md font-semibold break-words whitespace-pre-wrap">
            {question}
          </h2>
        )}
        <section aria-label={t('answer')} aria-busy={going}>
          <AnswerText outputs={outputs} streaming={going} citations={citations} onCite={open} />
          {run?.status === 'succeeded' && !outputs.length && <p className="text-ink-2">{t('empty')}</p>}
        </section>
        <div className="mt-3 flex flex-col gap-3 empty:hidden">
          {going && view.status !== 'paused' && <Progress following={following} names={names} />}
          <Paused runId={runId} view={view} names={names} />
          {lost && <ErrorNotice error={lost} />}
          {Boolean(error) && <ErrorNotice error={error} />}
          {view.status === 'cancelled' && <p className="text-ink-3">{t('stopped')}</p>}
          {failure && <RunFailure error={failure} node={failure.node ? names.title(failure.node) : undefined} />}
          {run?.offline && <OfflineNotice run={run} />}
        </div>
        {hasEnded(view.status) && <Foot runId={runId} following={following} answer={outputs[0]?.value} />}
      </Card>
      <aside aria-label={t('sources')}>
        <h2 className="mb-2 text-sm font-semibold text-ink-2">{t('sources')}</h2>
        {citations.length > 0 && <SourceList citations={citations} onOpen={setOpened} />}
        {going && <p className="text-ink-3">{t('sourcesSoon')}</p>}
        {run && citations.length === 0 && <p className="text-ink-3">{t('noSources')}</p>}
      </aside>
      <LazyCitation citation={opened} onClose={() => setOpened(null)} />
    </div>
  );
}

function Foot({ runId, following, answer }: { runId: string; following: Following; answer: string | undefined }) {
  const t = useT(words);
  const format = useFormat();
  const { view, run } = following;
  const tokens = run?.usage ? run.usage.input + run.usage.output : 0;
  return (
    <footer className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-3 text-sm text-ink-3">
      {view.startedAt !== null && view.endedAt !== null && (
        <span className="figures">{format.duration(view.endedAt - view.startedAt)}</span>
      )}
      {tokens > 0 && <span className="figures">{t('tokens', { n: tokens })}</span>}
      <span className="ml-auto flex items-center gap-1">
        {answer && <CopyButton label={t('copyAnswer')} text={answer} />}
        <Link to="/runs/$runId" params={{ runId }} className={buttonClass('default', 'small')}>
          <ListTree size={14} aria-hidden="true" />
          {t('trace')}
        </Link>
      </span>
    </footer>
  );
}
