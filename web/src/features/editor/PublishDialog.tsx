import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Rocket } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import type { App, Problem, Version } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { FlowLink } from '@/canvas/panel/FlowLink';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { toast } from '@/ui/toast';
import { watchTests } from './watchTests';
import { words } from './words';

interface Props {
  app: App;
  /** Saves what is unsaved; true if it is saved. */
  save(): Promise<boolean>;
  onClose(): void;
}

export default function PublishDialog({ app, save, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const formId = useId();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [note, setNote] = useState('');
  const publish = useMutation({
    mutationFn: async () => {
      // What is published is what the server has: without the last edits it would be another version than the one seen.
      if (!(await save())) return null;
      return api.post<Version>(`/apps/${app.id}/publish`, { note: note.trim() });
    },
    onSuccess: (version) => {
      if (!version) return;
      void client.invalidateQueries({ queryKey: keys.apps });
      toast(t('published', { n: version.number }), {
        action: {
          label: t('useIt'),
          run: () => void navigate({ to: '/apps/$appId/use', params: { appId: app.id } }),
        },
      });
      const params = { appId: app.id };
      watchTests(app.id, version.number, {
        client,
        t,
        open: (evaluation) => void navigate({ to: '/apps/$appId/tests', params, search: { evaluation } }),
      }).catch(() => {}); // the publishing is done; how the tests went stands beside the version
      onClose();
    },
  });
  const error = publish.isError ? asApiError(publish.error) : null;
  const problems = error?.code === 'graph_has_problems' ? ((error.params.problems ?? []) as Problem[]) : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    publish.mutate();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('publishTitle', { n: (app.published_version ?? 0) + 1 })}
      description={t('publishHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" icon={Rocket} busy={publish.isPending}>
            {t('publish')}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-4">
        {problems && <ProblemNotice problems={problems} onPick={onClose} />}
        {error && !problems && <ErrorNotice error={error} />}
        {publish.data === null && (
          <Notice kind="bad" title={t('notPublishable')}>
            {t('publishUnsaved')}
          </Notice>
        )}
        <Field label={t('note')} mark={c('optional')}>
          {(props) => (
            <Textarea
              {...props}
              rows={3}
              maxLength={2000}
              value={note}
              placeholder={t('noteExample')}
              onChange={(event) => setNote(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

function ProblemNotice({ problems, onPick }: { problems: Problem[]; onPick(): void }) {
  const t = useT(words);
  const text = useText();
  const select = useEditor((state) => state.select);
  return (
    <Notice kind="bad" title={t('notPublishable')}>
      <p className="mb-1">{t('notPublishableHint')}</p>
      <ul className="flex flex-col items-start gap-1.5">
        {problems.slice(0, 8).map((problem) => (
          <li key={`${problem.pointer} ${problem.node} ${text(problem.message)}`}>
            {problem.node ? (
              <button
                type="button"
                className="min-h-6 text-left text-ink underline underline-offset-2"
                onClick={() => {
                  select({ nodes: [problem.node ?? ''] });
                  onPick();
                }}
              >
                {text(problem.message)}
              </button>
            ) : (
              text(problem.message)
            )}
            <FlowLink code={problem.code} className="flex" />
          </li>
        ))}
      </ul>
    </Notice>
  );
}
