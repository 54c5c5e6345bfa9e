import { useNavigate } from '@tanstack/react-router';
import { ListTree, Pencil, RefreshCw, ThumbsDown, ThumbsUp } from 'lucide-react';
import { useState } from 'react';
import { asApiError } from '@/api/errors';
import type { Turn, Vote } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Dialog } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { toast } from '@/ui/toast';
import { useFeedback } from './useChat';
import { words } from './words';

interface Props {
  turn: Turn;
  conversationId: string;
  answer: string | undefined;
  onAgain?(): void;
  onEdit?(): void;
}

/** What can be done with an answer that is complete. */
export function TurnActions({ turn, conversationId, answer, onAgain, onEdit }: Props) {
  const t = useT(words);
  const text = useText();
  const navigate = useNavigate();
  const feedback = useFeedback(conversationId);
  const [asking, setAsking] = useState(false);
  const said = turn.feedback?.vote ?? null;
  const runId = turn.run.id;
  const failed = (error: unknown) => toast(text(asApiError(error).text), { tone: 'bad' });
  const vote = (given: Vote) => {
    const next = said === given ? null : given;
    feedback.mutate({ runId, vote: next }, { onError: failed });
    if (next === 'down') setAsking(true);
  };
  const comment = (why: string) => {
    setAsking(false);
    if (!why.trim()) return;
    const done = () => toast(t('thanks'));
    feedback.mutate({ runId, vote: 'down', comment: why.trim() }, { onSuccess: done, onError: failed });
  };
  return (
    <div className="-ml-1.5 flex flex-wrap items-center gap-0.5">
      {answer && <CopyButton size="small" label={t('copyAnswer')} text={answer} />}
      {onAgain && <IconButton size="small" icon={RefreshCw} label={t('again')} onClick={onAgain} />}
      {onEdit && <IconButton size="small" icon={Pencil} label={t('edit')} onClick={onEdit} />}
      <IconButton size="small" icon={ThumbsUp} label={t('up')} pressed={said === 'up'} onClick={() => vote('up')} />
      <IconButton
        size="small"
        icon={ThumbsDown}
        label={t('down')}
        pressed={said === 'down'}
        onClick={() => vote('down')}
      />
      <IconButton
        size="small"
        icon={ListTree}
        label={t('trace')}
        onClick={() => void navigate({ to: '/runs/$runId', params: { runId } })}
      />
      {asking && <Why initial={turn.feedback?.comment ?? ''} onDone={comment} />}
    </div>
  );
}

function Why({ initial, onDone }: { initial: string; onDone(why: string): void }) {
  const t = useT(words);
  const c = useCommon();
  const [why, setWhy] = useState(initial);
  return (
    <Dialog
      open
      size="small"
      onClose={() => onDone('')}
      title={t('why')}
      footer={
        <>
          <Button onClick={() => onDone('')}>{c('cancel')}</Button>
          <Button variant="primary" onClick={() => onDone(why)}>
            {c('save')}
          </Button>
        </>
      }
    >
      <Field label={t('why')} help={t('whyHint')}>
        {(props) => (
          <Textarea {...props} rows={4} maxLength={2000} value={why} onChange={(event) => setWhy(event.target.value)} />
        )}
      </Field>
    </Dialog>
  );
}
