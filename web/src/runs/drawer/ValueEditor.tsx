/** Changes a value of a paused run in its place. */
import { useMutation } from '@tanstack/react-query';
import { type KeyboardEvent, useState } from 'react';
import { words as answerWords } from '@/answer/words';
import { api } from '@/api/client';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Field, Textarea } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { words } from '../words';
import { type Form, formOf, read, written } from './edit';
import type { Variable } from './variables';

interface Props {
  runId: string;
  variable: Variable;
  onDone(): void;
}

export function ValueEditor({ runId, variable, onDone }: Props) {
  const t = useT(words);
  const ta = useT(answerWords);
  const c = useCommon();
  const [form, setForm] = useState<Form>(() => formOf(variable.value));
  const [text, setText] = useState(() => written(variable.value, form));
  const result = read(text, form);
  const set = useMutation({
    mutationFn: (value: unknown) =>
      api.post<Run>(`/runs/${runId}/variables`, { node: variable.node, name: variable.name, value }),
    onSuccess: onDone,
  });
  const save = () => 'value' in result && set.mutate(result.value);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone();
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const change = (next: Form) => {
    // Where the text can be read, it goes on in the other form.
    if ('value' in result) setText(written(result.value, next));
    setForm(next);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys on the way up from the controls inside
    <div className="flex flex-col gap-2 p-3" onKeyDown={onKeyDown}>
      <Field label={variable.path} error={'fault' in result ? ta(result.fault) : undefined}>
        {(props) => (
          <Textarea
            {...props}
            autoFocus
            rows={Math.min(14, Math.max(4, text.split('\n').length + 1))}
            spellCheck={form === 'text'}
            className={form === 'json' ? 'font-mono text-sm' : undefined}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {set.isError && <ErrorNotice error={set.error} />}
      <div className="flex flex-wrap items-center gap-2">
        <Button size="small" variant="primary" busy={set.isPending} disabled={'fault' in result} onClick={save}>
          {t('changeValue')}
        </Button>
        <Button size="small" onClick={onDone}>
          {c('cancel')}
        </Button>
        <Select
          label={t('writtenAs')}
          className="ml-auto h-7! w-28!"
          value={form}
          onChange={(next) => change(next as Form)}
          options={[
            { value: 'text', label: t('asText') },
            { value: 'json', label: 'JSON' },
          ]}
        />
      </div>
    </div>
  );
}
