import { useInfiniteQuery } from '@tanstack/react-query';
import { ArrowDown } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { turnsQuery } from '@/api/queries';
import type { App, ChatSettings, Citation, StartForm } from '@/api/types';
import { LazyCitation } from '@/documents/LazyCitation';
import { useT } from '@/i18n';
import { hasEnded } from '@/runs/fold';
import { useFollow } from '@/runs/useFollow';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { Composer } from './Composer';
import { DetailsButton } from './DetailsButton';
import { useDetails } from './details';
import { Opening } from './Opening';
import { TurnView } from './TurnView';
import { useSend, useStop } from './useChat';
import { useStick } from './useStick';
import { words } from './words';

interface Props {
  app: App;
  form: StartForm;
  chat: ChatSettings;
  version: 'published' | 'draft';
  conversationId: string | null;
  onBegun(id: string): void;
}

/** The turns of a conversation, and where one writes. */
export function Thread({ app, form, chat, version, conversationId, onBegun }: Props) {
  const t = useT(words);
  const turns = useInfiniteQuery({ ...turnsQuery(conversationId ?? ''), enabled: conversationId !== null });
  const send = useSend(app.id, version, conversationId, onBegun);
  const stop = useStop();
  const { frame, content, away, toEnd } = useStick();
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const [detailing, setDetailing] = useState(false);
  const [editing, setEditing] = useState(false);
  const [cited, setCited] = useState<Citation | null>(null);
  const shown = conversationId ? (turns.data?.pages ?? []).toReversed().flatMap((page) => page.items) : [];
  const last = shown.at(-1);
  const details = useDetails(form, conversationId, last?.run);
  // By its events, which are ahead of the list: one can write on the moment that the answer ends.
  const { going } = useFollow(last && !hasEnded(last.run.status) ? last.run.id : null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation begins at its end, ready to be written to
  useEffect(() => {
    setEditing(false);
    toEnd();
    if (matchMedia('(hover: hover)').matches) box.current?.focus();
  }, [conversationId, toEnd]);
  const ask = (words: string, again = false) => {
    if (going || send.isPending) return;
    const inputs = details.take();
    if (!inputs) {
      setText(words);
      if (last) setDetailing(true);
      // Once the faults are drawn: to the first field that has one.
      else requestAnimationFrame(() => content.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
      return;
    }
    send.mutate({ text: words, inputs, again }, { onError: () => setText((now) => now || words) });
    setText('');
    setEditing(false);
    toEnd();
  };
  const edit = (on: boolean) => {
    if (on && !last) return;
    setEditing(on);
    setText(on && last ? last.question : '');
    box.current?.focus();
  };
  return (
    <section aria-label={t('thread')} className="relative flex min-h-0 min-w-0 flex-1 flex-col">
      <div ref={frame} className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
        <div ref={content} className="mx-auto flex w-full max-w-3xl flex-col gap-8 px-4 py-6">
          {turns.hasNextPage && conversationId && (
            <Button className="self-center" busy={turns.isFetchingNextPage} onClick={() => void turns.fetchNextPage()}>
              {t('before')}
            </Button>
          )}
          {conversationId && turns.isPending && <Loading />}
          {conversationId && turns.isError && <ErrorNotice error={turns.error} onRetry={() => void turns.refetch()} />}
          {shown.length === 0 && (!conversationId || turns.isSuccess) && !send.isPending && (
            <Opening app={app} chat={chat} details={details} onAsk={ask} />
          )}
          {conversationId &&
            shown.map((turn) => (
              <TurnView
                key={turn.run.id}
                turn={turn}
                conversationId={conversationId}
                last={turn === last}
                onCite={setCited}
                onAgain={turn === last ? () => ask(turn.question, true) : undefined}
                onEdit={turn === last ? () => edit(true) : undefined}
              />
            ))}
          {send.isError && <ErrorNotice error={send.error} />}
          {stop.isError && <ErrorNotice error={stop.error} />}
        </div>
      </div>
      <div className="relative shrink-0 pt-2">
        {away && (
          <div className="absolute inset-x-0 -top-9 flex justify-center">
            <Button size="small" icon={ArrowDown} className="shadow-raised" onClick={toEnd}>
              {t('toLatest')}
            </Button>
          </div>
        )}
        {last && details.fields.length > 0 && (
          <DetailsButton details={details} open={detailing} onOpen={setDetailing} />
        )}
        <Composer
          ref={box}
          appName={app.name}
          text={text}
          onText={setText}
          editing={editing}
          onEdit={edit}
          going={going}
          busy={send.isPending}
          stopping={stop.isPending}
          onSend={() => ask(text.trim(), editing)}
          onStop={() => last && stop.mutate(last.run.id)}
        />
      </div>
      <LazyCitation citation={cited} onClose={() => setCited(null)} />
    </section>
  );
}
