import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { draftQuery } from '@/api/queries';
import type { App, ConversationVariable, Draft } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input, Switch, Textarea } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { VariableRows } from './VariableRows';
import { namesFit, toRow, toVariable } from './variables';
import { words } from './words';

/** How an app chats. The variables stand in its draft, the rest with the app itself. */
export function ChatDialog({ app, onClose }: { app: App; onClose(): void }) {
  const t = useT(words);
  const draft = useQuery({ ...draftQuery(app.id), staleTime: 0, gcTime: 0 });
  return draft.data && draft.isFetchedAfterMount ? (
    <Settings app={app} draft={draft.data} onClose={onClose} />
  ) : (
    <Dialog open onClose={onClose} title={t('chatTitle')}>
      {draft.isError ? <ErrorNotice error={draft.error} onRetry={() => void draft.refetch()} /> : <Loading />}
    </Dialog>
  );
}

function Settings({ app, draft, onClose }: { app: App; draft: Draft; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const form = useId();
  const [on, setOn] = useState(app.mode === 'chat');
  const [opening, setOpening] = useState(app.chat.opening);
  const [suggestions, setSuggestions] = useState(app.chat.suggestions.join('\n'));
  const [turns, setTurns] = useState(String(app.chat.memory_turns));
  const [tokens, setTokens] = useState(String(app.chat.memory_tokens));
  const [rows, setRows] = useState(() => (draft.graph.conversation ?? []).map(toRow));
  const [fault, setFault] = useState('');
  const save = useSave(app, draft);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!namesFit(rows)) return setFault(t('badName'));
    const variables: ConversationVariable[] = [];
    for (const row of rows) {
      const variable = toVariable(row);
      if (!variable) return setFault(t('badDefault', { name: row.name }));
      variables.push(variable);
    }
    setFault('');
    const lines = suggestions.split('\n').map((line) => line.trim());
    const chat = {
      ...app.chat,
      opening,
      suggestions: [...new Set(lines.filter(Boolean))].slice(0, 10),
      memory_turns: Number(turns) || 0,
      memory_tokens: Number(tokens) || 0,
    };
    if (await save.mutateAsync({ mode: on ? 'chat' : 'workflow', chat, variables }).catch(() => null)) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('chatTitle')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={form} variant="primary" busy={save.isPending}>
            {c('save')}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-4">
        {save.isError && <ErrorNotice error={save.error} />}
        <div className="flex items-start gap-3">
          <div className="min-w-0 flex-1">
            <p className="font-medium">{t('chatMode')}</p>
            <p className="text-sm text-ink-3">{t('chatModeHint')}</p>
          </div>
          <Switch label={t('chatMode')} checked={on} onChange={setOn} />
        </div>
        <Field label={t('opening')} help={t('openingHint')} mark={c('optional')}>
          {(props) => (
            <Textarea
              {...props}
              rows={3}
              maxLength={10_000}
              value={opening}
              onChange={(event) => setOpening(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('suggestionsField')} help={t('suggestionsHint')} mark={c('optional')}>
          {(props) => (
            <Textarea
              {...props}
              rows={3}
              maxLength={5000}
              value={suggestions}
              onChange={(event) => setSuggestions(event.target.value)}
            />
          )}
        </Field>
        <div>
          <div className="grid grid-cols-2 gap-3">
            <Field label={t('memoryTurns')}>
              {(props) => <Count {...props} max={100} value={turns} onValue={setTurns} />}
            </Field>
            <Field label={t('memoryTokens')}>
              {(props) => <Count {...props} max={100_000} value={tokens} onValue={setTokens} />}
            </Field>
          </div>
          <p className="mt-1 text-sm text-ink-3">{t('memoryHint')}</p>
        </div>
        <VariableRows rows={rows} onChange={setRows} />
        <p role="alert" className="text-sm text-bad empty:hidden">
          {fault}
        </p>
      </form>
    </Dialog>
  );
}

function Count({ value, onValue, ...rest }: { id: string; max: number; value: string; onValue(value: string): void }) {
  return <Input type="number" min={0} value={value} onChange={(event) => onValue(event.target.value)} {...rest} />;
}

interface Saved extends Pick<App, 'mode' | 'chat'> {
  variables: ConversationVariable[];
}

function useSave(app: App, draft: Draft) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ variables, ...settings }: Saved) => {
      const { conversation, ...graph } = draft.graph;
      if (JSON.stringify(conversation ?? []) !== JSON.stringify(variables)) {
        const changed = variables.length ? { ...graph, conversation: variables } : graph;
        await api.put<Draft>(`/apps/${app.id}/draft`, { graph: changed, base_revision: draft.revision });
      }
      return api.patch<App>(`/apps/${app.id}`, settings);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apps }),
  });
}
