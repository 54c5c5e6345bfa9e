/** How the app chats: part of its graph, so every change is undone, saved and published like any other. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { inputsQuery } from '@/api/queries';
import type { ConversationVariable } from '@/api/types';
import { useText } from '@/i18n';
import { Switch } from '@/ui/field';
import { Notice } from '@/ui/notice';
import type { Doc } from '../../graph/document';
import { useEditor } from '../../graph/store';
import { Frame } from '../Frame';
import type { Reveal } from '../form/context';
import { SchemaForm } from '../form/SchemaForm';
import { ProblemList } from '../ProblemList';
import { byField } from '../problems';
import { useReveal } from '../reveal';
import { usePanelWords } from '../words';
import { useChatProblems } from './problems';
import { chatSchema, VARIABLES } from './schema';

interface Props {
  onClose(): void;
  /** A problem's pointer to go to; a new object goes there again. */
  goTo: Reveal | null;
}

const NOTHING = {};

export default function ChatPanel({ onClose, goTo }: Props) {
  const t = usePanelWords();
  const form = useId();
  const body = useRef<HTMLDivElement>(null);
  const canEdit = useEditor((state) => state.canEdit);
  const chat = useEditor((state) => state.whole.chat);
  const conversation = useEditor((state) => state.whole.conversation);
  const texts = useTexts();
  const schema = useMemo(() => chatSchema(texts), [texts]);
  const problems = useChatProblems(schema);
  const errors = useMemo(() => byField(problems), [problems]);
  const [reveal, setReveal] = useState(goTo);
  useEffect(() => setReveal(goTo), [goTo]);
  useReveal(body, reveal);
  const around = { readOnly: !canEdit, scope: [], inputs: [], types: [], sample: () => undefined, errors, reveal };
  return (
    <Frame title={t('chat')} hint={t('chatHint')} onClose={onClose}>
      <div ref={body} className="flex flex-col gap-4">
        {!canEdit && <Notice>{t('readOnly')}</Notice>}
        <ProblemList problems={problems} onGo={(pointer) => setReveal({ pointer })} />
        <div data-field="/chat" className="flex items-start gap-3">
          <div className="min-w-0 flex-1">
            <label htmlFor={form} className="font-medium">
              {t('chatOn')}
            </label>
            <p id={`${form}-help`} className="text-sm text-ink-3">
              {t('chatOnHelp')}
            </p>
          </div>
          <Switch
            id={form}
            aria-describedby={`${form}-help`}
            checked={chat !== undefined}
            disabled={!canEdit}
            onChange={turn}
          />
        </div>
        {chat && (
          <section aria-label={t('chat')} className="border-t border-line pt-3">
            <SchemaForm schema={schema} value={chat} onField={setChat} {...around} />
          </section>
        )}
        {(chat || conversation) && (
          <section aria-label={t('variables')} className="border-t border-line pt-3">
            <SchemaForm
              schema={VARIABLES}
              value={conversation ? { conversation } : NOTHING}
              onField={(_, value) => setVariables(value as ConversationVariable[] | undefined)}
              {...around}
            />
          </section>
        )}
      </div>
    </Frame>
  );
}

/** The settings are of the app, whatever graph inside of it the canvas shows. */
function edit(recipe: (whole: Doc) => void, key?: string) {
  const { leave, edit } = useEditor.getState();
  leave(0);
  edit('edit_chat', recipe, key);
}

/** Turned off and on again by undo, the settings are what they were. */
const turn = (on: boolean) =>
  edit((whole) => {
    if (on) whole.chat = {};
    else delete whole.chat;
  });

const setChat = (field: string, value: unknown) =>
  edit((whole) => {
    const { [field]: _, ...rest } = { ...whole.chat } as Record<string, unknown>;
    whole.chat = value === undefined ? rest : { ...rest, [field]: value };
  }, `chat ${field}`);

const setVariables = (variables: ConversationVariable[] | undefined) =>
  edit((whole) => {
    if (variables?.length) whole.conversation = variables;
    else delete whole.conversation;
  }, 'conversation');

/** Inputs of the draft that take a text; the form is asked for anew when the draft is saved. */
function useTexts() {
  const appId = useEditor((state) => state.appId);
  const text = useText();
  const { data } = useQuery({ ...inputsQuery(appId, 'draft'), enabled: Boolean(appId) });
  return useMemo(
    () =>
      (data?.fields ?? [])
        .filter((field) => field.type === 'string')
        .map((field) => ({ ...field, label: text(field.label) || field.name })),
    [data, text],
  );
}
