import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { AnswerText } from '@/answer/AnswerText';
import { OfflineNotice } from '@/answer/OfflineNotice';
import { shownOutputs } from '@/answer/outputs';
import { RunFailure } from '@/answer/RunFailure';
import { keys } from '@/api/keys';
import type { Citation, Turn } from '@/api/types';
import { SourceChips } from '@/documents/SourceChips';
import { useT } from '@/i18n';
import { hasEnded } from '@/runs/fold';
import { Paused } from '@/runs/Paused';
import { Progress } from '@/runs/Progress';
import { answersOf } from '@/runs/readings';
import { useFollow } from '@/runs/useFollow';
import { useNames } from '@/runs/useNames';
import { ErrorNotice } from '@/ui/notice';
import { TurnActions } from './TurnActions';
import { words } from './words';

interface Props {
  turn: Turn;
  conversationId: string;
  last: boolean;
  onCite(citation: Citation): void;
  /** Answer it again, where that can be done. */
  onAgain?(): void;
  onEdit?(): void;
}

/** One question with its answer: as it is written, or as it was. */
export function TurnView({ turn, conversationId, last, onCite, onAgain, onEdit }: Props) {
  const t = useT(words);
  const client = useQueryClient();
  const past = hasEnded(turn.run.status);
  const following = useFollow(past ? null : turn.run.id);
  const names = useNames(turn.run.id);
  const { view, going, lost } = following;
  const run = past ? turn.run : following.run;
  const status = past ? turn.run.status : view.status;
  // Announced once, not word by word: only for an answer that one saw being written.
  const [live] = useState(!past);
  useEffect(() => {
    if (!past && following.run) void client.invalidateQueries({ queryKey: keys.turns(conversationId) });
  }, [client, conversationId, past, following.run]);
  const citations = run?.citations ?? [];
  const open = useCallback(
    (n: number) => {
      const found = run?.citations.find((one) => one.n === n);
      if (found) onCite(found);
    },
    [run, onCite],
  );
  const outputs = shownOutputs(run?.outputs ?? null, past ? [] : answersOf(view));
  const failure = run?.error ?? view.error;
  return (
    <article data-run={turn.run.id} className="flex flex-col gap-3">
      <h2 className="ml-auto max-w-[85%] rounded-lg bg-accent-soft px-3.5 py-2 text-md leading-6 font-normal break-words whitespace-pre-wrap">
        <span className="sr-only">{t('you')}: </span>
        {turn.question}
      </h2>
      <div aria-busy={going} className="min-w-0">
        <h3 className="sr-only">{t('answer')}</h3>
        <AnswerText outputs={outputs} streaming={going} citations={citations} onCite={open} />
        {status === 'succeeded' && run && !outputs.length && <p className="text-ink-2">{t('empty')}</p>}
      </div>
      <div className="flex flex-col gap-2 empty:hidden">
        {going && status !== 'paused' && <Progress following={following} names={names} />}
        {!past && <Paused runId={turn.run.id} view={view} names={names} />}
        {lost && <ErrorNotice error={lost} />}
        {Boolean(following.error) && <ErrorNotice error={following.error} />}
        {status === 'cancelled' && <p className="text-sm text-ink-3">{t('stopped')}</p>}
        {failure && <RunFailure error={failure} node={failure.node ? names.title(failure.node) : undefined} />}
        {citations.length > 0 && <SourceChips citations={citations} onOpen={onCite} />}
        {last && run?.offline && <OfflineNotice run={run} compact />}
      </div>
      {hasEnded(status) && (
        <TurnActions
          turn={turn}
          conversationId={conversationId}
          answer={outputs[0]?.value}
          onAgain={onAgain}
          onEdit={onEdit}
        />
      )}
      <p role="status" className="sr-only">
        {live && status === 'succeeded' ? t('done') : ''}
      </p>
    </article>
  );
}
