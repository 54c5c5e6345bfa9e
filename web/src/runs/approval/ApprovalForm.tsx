/** A node asks a person: the text to decide on, a form, and one button for each choice. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Clock, ShieldAlert, UserCheck, Users } from 'lucide-react';
import { useId, useState } from 'react';
import { AnswerText } from '@/answer/AnswerText';
import { FieldControl } from '@/answer/FieldControl';
import type { Texts } from '@/answer/fields';
import { words as answerWords } from '@/answer/words';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { approversQuery } from '@/api/people';
import { sessionQuery } from '@/api/session';
import type { AskForm, Pause, Run } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useRoleName } from '@/lib/roles';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Field, Textarea } from '@/ui/field';
import { LevelBadge } from '@/ui/level';
import { ErrorNotice } from '@/ui/notice';
import { useMinute } from '../useNow';
import { words } from '../words';
import { answerOf, fieldAt, fieldsOf, startOf } from './answer';

interface Props {
  runId: string;
  pause: Pause;
  title: string;
}

export default function ApprovalForm({ runId, pause, title }: Props) {
  const t = useT(words);
  const ta = useT(answerWords);
  const c = useCommon();
  const text = useText();
  const can = useCan();
  const client = useQueryClient();
  const id = useId();
  const form = pause.asks?.form ?? {};
  const roles = pause.asks?.roles ?? [];
  const isAsked = useIsAsked(roles);
  const [texts, setTexts] = useState<Texts>(() => startOf(form));
  const [comment, setComment] = useState('');
  const [checked, setChecked] = useState(false);
  const send = useMutation({
    mutationFn: (answer: object) => api.post<Run>(`/runs/${runId}/resume`, { node: pause.node, answer }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.run(runId), exact: true });
      void client.invalidateQueries({ queryKey: [...keys.runs, 'list'] });
    },
  });
  const choices = form.choices?.length ? form.choices : [{ id: 'ok', label: c('save') }];
  const { faults } = answerOf(form, '', comment, texts);
  const refused = send.isError ? asApiError(send.error) : null;
  const refusedField = fieldAt(refused?.pointer ?? null);
  const mayAnswer = can('run.create') && isAsked;
  const answer = (choice: string) => {
    setChecked(true);
    const read = answerOf(form, choice, comment, texts);
    if (!Object.keys(read.faults).length) send.mutate(read.answer);
    // Once the faults are drawn: to the first field that has one.
    else requestAnimationFrame(() => document.querySelector<HTMLElement>(`#${CSS.escape(id)} [aria-invalid]`)?.focus());
  };
  return (
    <section
      id={id}
      aria-label={t('asksTitle', { node: title })}
      className="flex max-w-3xl flex-col gap-3 rounded-lg border border-pause/40 bg-surface p-4"
    >
      <header className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="flex min-w-0 items-center gap-2 text-md font-semibold text-pause">
          <UserCheck size={17} aria-hidden="true" className="shrink-0" />
          {form.title || t('asksTitle', { node: title })}
        </h2>
        <Facts roles={roles} until={pause.asks?.until ?? null} />
      </header>
      {form.text && <Shown text={form.text} />}
      {form.releases && <Releases form={form} releases={form.releases} />}
      {mayAnswer === false && <p className="text-ink-2">{t('mayNotAnswer')}</p>}
      {mayAnswer && (
        <>
          <div className="grid grid-cols-[repeat(auto-fill,minmax(min(220px,100%),1fr))] gap-3">
            {fieldsOf(form).map((field) => {
              const fault = checked ? faults[field.name] : undefined;
              const error = fault ? ta(fault) : refusedField === field.name && refused ? text(refused.text) : undefined;
              return (
                <Field
                  key={field.name}
                  label={text(field.label) || field.name}
                  mark={field.required || field.type === 'boolean' ? undefined : c('optional')}
                  error={error}
                  className={field.type === 'paragraph' ? 'col-span-full' : undefined}
                >
                  {(props) => (
                    <FieldControl
                      field={field}
                      props={props}
                      value={texts[field.name] ?? ''}
                      onChange={(value) => setTexts((before) => ({ ...before, [field.name]: value }))}
                    />
                  )}
                </Field>
              );
            })}
          </div>
          <Field label={t('comment')} mark={c('optional')}>
            {(props) => (
              <Textarea {...props} rows={2} value={comment} onChange={(event) => setComment(event.target.value)} />
            )}
          </Field>
          {refused && refusedField === null && <ErrorNotice error={refused} />}
          <div className="flex flex-wrap gap-2">
            {choices.map((choice, index) => (
              <Button
                key={choice.id}
                variant={index === 0 ? 'primary' : 'default'}
                busy={send.isPending}
                onClick={() => answer(choice.id)}
              >
                {choice.label || choice.id}
              </Button>
            ))}
          </div>
        </>
      )}
    </section>
  );
}

function Shown({ text }: { text: string }) {
  return (
    <div className="max-h-80 overflow-y-auto rounded-md bg-sunken px-3 py-2">
      <AnswerText
        outputs={[{ name: 'text', value: text, markdown: true }]}
        streaming={false}
        citations={[]}
        onCite={() => {}}
      />
    </div>
  );
}

/** Whoever decides answers for it: they are told what leaves, and as what. */
function Releases({ form, releases }: { form: AskForm; releases: NonNullable<AskForm['releases']> }) {
  const t = useT(words);
  const choice = form.choices?.find(({ id }) => id === releases.choice)?.label || releases.choice;
  return (
    <>
      {releases.text && (
        <>
          <h3 className="font-semibold">{t('released')}</h3>
          <Shown text={releases.text} />
        </>
      )}
      <div>
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <ShieldAlert size={16} aria-hidden="true" className="shrink-0 text-warn" />
          {t('releases', { choice })}
          <LevelBadge label={releases} />
        </p>
        <p className="text-sm text-ink-2">{t('releasesHint')}</p>
      </div>
    </>
  );
}

/** Whether whoever is signed in is one of these; null until it is known. */
function useIsAsked(ids: readonly string[]): boolean | null {
  const { data: session } = useQuery(sessionQuery);
  const { data: approvers, isPending } = useQuery({ ...approversQuery, enabled: ids.length > 0 });
  if (!ids.length) return true;
  if (isPending || !session) return null;
  // Who may see nothing of the workspace but its runs has their own role to go by.
  return approvers?.some(({ id, mine }) => mine && ids.includes(id)) ?? ids.includes(session.user.role);
}

/** Who may answer, and how much time is left. */
function Facts({ roles, until }: { roles: readonly string[]; until: number | null }) {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: approvers } = useQuery({ ...approversQuery, enabled: roles.length > 0 });
  const name = (id: string) => {
    const found = approvers?.find((one) => one.id === id);
    if (approvers && !found) return t('approverGone');
    return found?.kind === 'group' ? found.name : roleName(id, found?.name);
  };
  const format = useFormat();
  const now = useMinute();
  const left = until === null ? null : until - now;
  return (
    <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-ink-3">
      {roles.length > 0 && (
        <span className="flex items-center gap-1.5">
          <Users size={14} aria-hidden="true" />
          {t('whoMay', { roles: roles.map(name).join(t('comma')) })}
        </span>
      )}
      {left !== null && until !== null && (
        <span className="flex items-center gap-1.5" title={format.fullDateTime(until)}>
          <Clock size={14} aria-hidden="true" />
          {left > 0 ? t('timeLeft', { time: format.duration(left) }) : t('timeOver')}
        </span>
      )}
    </p>
  );
}
