import { useMutation } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { useRef } from 'react';
import { RunForm } from '@/answer/RunForm';
import { api } from '@/api/client';
import type { InputField, Run } from '@/api/types';
import { useT } from '@/i18n';
import { randomId } from '@/lib/browser';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { type Asked, questionIn } from './asked';
import { words } from './words';

interface Props {
  appId: string;
  version: 'draft' | 'published';
  fields: InputField[];
  initial: Record<string, string>;
  /** The run that goes on now: it can be stopped, and no other begins meanwhile. */
  goingId: string | null;
  onAsked(asked: Asked): void;
}

export function AskForm({ appId, version, fields, initial, goingId, onAsked }: Props) {
  const t = useT(words);
  const texts = useRef<Readonly<Record<string, string>>>(initial);
  const start = useMutation({
    mutationFn: (inputs: Record<string, unknown>) =>
      api.post<Run>(`/apps/${appId}/runs`, { inputs, version }, { headers: { 'Idempotency-Key': randomId() } }),
    onSuccess: (run, inputs) => onAsked({ runId: run.id, texts: texts.current, question: questionIn(inputs) }),
  });
  const stop = useMutation({ mutationFn: (id: string) => api.post<Run>(`/runs/${id}/cancel`) });
  const only = fields.length === 1;
  return (
    <RunForm
      fields={fields}
      initial={initial}
      onTexts={(next) => {
        texts.current = next;
      }}
      onRun={(values) => goingId || start.isPending || start.mutate(values)}
    >
      {fields.length === 0 && <p className="text-ink-2">{t('noInputs')}</p>}
      <div className="flex items-center gap-3">
        {goingId ? (
          <Button icon={Square} busy={stop.isPending} onClick={() => stop.mutate(goingId)}>
            {t('stop')}
          </Button>
        ) : (
          <Button type="submit" variant="primary" icon={Play} busy={start.isPending}>
            {only ? t('ask') : t('run')}
          </Button>
        )}
        <span className="text-sm text-ink-3 max-sm:hidden">{only ? t('shortcut') : t('shortcutMany')}</span>
      </div>
      {start.isError && <ErrorNotice error={start.error} />}
      {stop.isError && <ErrorNotice error={stop.error} />}
    </RunForm>
  );
}
