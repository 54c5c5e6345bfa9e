import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { levelsQuery, modelsQuery } from '@/api/queries';
import type { Dataset } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Input, Textarea } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { LevelSelect } from '@/ui/level-select';
import { Select } from '@/ui/select';
import { words } from './words';

export function NewDatasetDialog({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const navigate = useNavigate();
  const client = useQueryClient();
  const models = useQuery(modelsQuery);
  const levels = useQuery(levelsQuery).data?.levels ?? [];
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [chosen, setChosen] = useState('');
  const [model, setModel] = useState('');
  const [checked, setChecked] = useState(false);
  const level = chosen || (levels.includes('internal') ? 'internal' : (levels[0] ?? 'internal'));
  const embedding = model || models.data?.default_embedding || '';
  const create = useMutation({
    mutationFn: () =>
      api.post<Dataset>('/datasets', {
        name: name.trim(),
        description: description.trim(),
        label: { level, tags: [] },
        embedding_model: embedding || undefined,
      }),
    onSuccess: async (dataset) => {
      await client.invalidateQueries({ queryKey: keys.datasets });
      await navigate({ to: '/knowledge/$datasetId', params: { datasetId: dataset.id } });
    },
  });
  const submit = () => {
    setChecked(true);
    if (name.trim()) create.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={t('new')}
      description={t('newHint')}
      submit={c('create')}
      sending={create}
      onSubmit={submit}
    >
      <Field label={c('name')} error={checked && !name.trim() && t('nameEmpty')}>
        {(props) => (
          <Input
            {...props}
            value={name}
            maxLength={200}
            placeholder={t('nameExample')}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={c('description')} mark={c('optional')}>
        {(props) => (
          <Textarea
            {...props}
            rows={2}
            value={description}
            placeholder={t('descriptionExample')}
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('level')} help={t('levelHelp')}>
        {(props) => (
          <LevelSelect id={props.id} aria-describedby={props['aria-describedby']} value={level} onChange={setChosen} />
        )}
      </Field>
      <Field label={t('embeddingModel')} help={t('embeddingHelp')}>
        {(props) => (
          <Select
            id={props.id}
            aria-describedby={props['aria-describedby']}
            value={embedding}
            onChange={setModel}
            options={(models.data?.items ?? [])
              .filter((one) => one.kind === 'embedding')
              .map((one) => ({
                value: one.name,
                label: one.name,
                hint: text(one.label) === one.name ? undefined : text(one.label),
              }))}
          />
        )}
      </Field>
    </FormDialog>
  );
}
