import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ListTree, MessageSquareText } from 'lucide-react';
import { lazy, Suspense, useCallback, useState } from 'react';
import type { ApiError } from '@/api/errors';
import { runGraphQuery } from '@/api/queries';
import type { Citation, Run } from '@/api/types';
import { CitationDrawer } from '@/documents/CitationDrawer';
import { SourceList } from '@/documents/SourceList';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Empty } from '@/ui/empty';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { Spinner } from '@/ui/spinner';
import { hasEnded, type Live } from './live';
import { OfflineNotice } from './OfflineNotice';
import { shownOutputs } from './outputs';
import { words } from './words';

const Markdown = lazy(() => import('@/answer/Markdown'));

interface Props {
  runId: string | null;
  live: Live;
  lost: ApiError | null;
  run: Run | null;
  error: unknown;
}

export function Result({ runId, live, lost, run, error }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const format = useFormat();
  const [opened, setOpened] = useState<Citation | null>(null);
  const citations = run?.citations ?? [];
  const open = useCallback((n: number) => setOpened(run?.citations.find((one) => one.n === n) ?? null), [run]);
  if (!runId) {
    return (
      <Empty icon={MessageSquareText} title={t('emptyTitle')}>
        {t('emptyHint')}
      </Empty>
    );
  }
  const outputs = shownOutputs(run?.outputs ?? null, live.answers);
  const failure = run?.error ?? live.error;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_300px] items-start gap-5 max-lg:grid-cols-1">
      <Card className="min-h-40 p-5">
        <section aria-label={t('answer')} aria-busy={!hasEnded(live.status)}>
          {outputs.map(({ name, value, markdown }) => (
            <div key={name} className="mb-4 last:mb-0">
              {outputs.length > 1 && <h2 className="mb-1 text-sm font-semibold text-ink-2">{t('output', { name })}</h2>}
              {markdown ? (
                <Suspense fallback={<p className="text-md leading-6 whitespace-pre-wrap">{value}</p>}>
                  <Markdown
                    text={value}
                    streaming={!hasEnded(live.status)}
                    cites={citations.map((one) => one.n)}
                    onCite={open}
                  />
                </Suspense>
              ) : (
                <pre className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-sm">{value}</pre>
              )}
            </div>
          ))}
          {live.status === 'succeeded' && run && !outputs.length && <p className="text-ink-2">{t('empty')}</p>}
        </section>
        {!hasEnded(live.status) && !lost && <Step runId={runId} live={live} />}
        {lost && <ErrorNotice error={lost} />}
        {Boolean(error) && <ErrorNotice error={error} />}
        {live.status === 'cancelled' && <p className="mt-3 text-ink-3">{t('stopped')}</p>}
        {failure && (
          <Notice kind="bad" className="mt-2" title={text(failure.message)}>
            <span className="font-mono text-xs">{c('code', { code: failure.code })}</span>
          </Notice>
        )}
        {run?.offline && <OfflineNotice run={run} />}
        {hasEnded(live.status) && (
          <footer className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-3 text-sm text-ink-3">
            {run?.started_at && run.ended_at && <span>{format.duration(run.ended_at - run.started_at)}</span>}
            {run?.usage && <span>{t('tokens', { n: run.usage.input + run.usage.output })}</span>}
            <span className="ml-auto flex items-center gap-1">
              {outputs[0] && <CopyButton label={t('copyAnswer')} text={outputs[0].value} />}
              <Link to="/runs/$runId" params={{ runId }} className={buttonClass('default', 'small')}>
                <ListTree size={14} aria-hidden="true" />
                {t('trace')}
              </Link>
            </span>
          </footer>
        )}
      </Card>
      <aside aria-label={t('sources')}>
        <h2 className="mb-2 text-sm font-semibold text-ink-2">{t('sources')}</h2>
        {citations.length > 0 && <SourceList citations={citations} onOpen={setOpened} />}
        {run && citations.length === 0 && <p className="text-ink-3">{t('noSources')}</p>}
      </aside>
      <CitationDrawer citation={opened} onClose={() => setOpened(null)} />
    </div>
  );
}

/** One line that says what is happening now; announced politely. */
function Step({ runId, live }: { runId: string; live: Live }) {
  const t = useT(words);
  const { data: graph } = useQuery(runGraphQuery(runId));
  const current = live.running.at(-1);
  const title = graph?.nodes.find((node) => node.id === current)?.title || current;
  const sentence = () => {
    if (live.status === 'paused') return t('paused');
    if (live.answers.some((one) => one.node === current)) return t('writing');
    return title ? t('step', { name: title }) : t('started');
  };
  return (
    <p role="status" className="mt-3 flex items-center gap-2 text-run">
      {live.status !== 'paused' && <Spinner size={15} />}
      {sentence()}
      {graph && (
        <span className="figures text-sm text-ink-3">
          {live.done} / {graph.nodes.length}
        </span>
      )}
    </p>
  );
}
