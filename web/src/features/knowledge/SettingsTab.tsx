import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Trash2, UserLock } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { LazyAccess } from '@/access/LazyAccess';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { datasetsQuery, policyQuery } from '@/api/queries';
import type { Dataset } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { tagsOf } from '@/lib/tags';
import { Button } from '@/ui/button';
import { Field, Input, Textarea } from '@/ui/field';
import { LevelSelect } from '@/ui/level-select';
import { ErrorNotice } from '@/ui/notice';
import { Card } from '@/ui/page';
import { Select } from '@/ui/select';
import { toast, undoable } from '@/ui/toast';
import { words } from './words';

export function SettingsTab({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const client = useQueryClient();
  const policy = useQuery(policyQuery);
  const [name, setName] = useState(dataset.name);
  const [description, setDescription] = useState(dataset.description);
  const [level, setLevel] = useState(dataset.label.level);
  const [tags, setTags] = useState(dataset.label.tags.join(', '));
  const [zone, setZone] = useState(dataset.zone);
  const save = useMutation({
    mutationFn: () =>
      api.patch<Dataset>(`/datasets/${dataset.id}`, {
        name: name.trim(),
        description: description.trim(),
        zone,
        label: { level, tags: tagsOf(tags) },
      }),
    onSuccess: async () => {
      toast(t('saved'));
      await client.invalidateQueries({ queryKey: keys.datasets });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) save.mutate();
  };
  const zones = [...new Set([...(policy.data?.zones.map((one) => one.name) ?? []), dataset.zone])];
  const zoneHint = (one: string) => text(policy.data?.zones.find(({ name: known }) => known === one)?.description);
  return (
    <div className="flex max-w-xl flex-col gap-6">
      <Card className="p-5">
        <form onSubmit={submit} className="flex flex-col gap-4">
          {save.isError && <ErrorNotice error={save.error} />}
          <Field label={c('name')} error={!name.trim() && t('nameEmpty')}>
            {(props) => <Input {...props} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Field label={c('description')} mark={c('optional')}>
            {(props) => (
              <Textarea
                {...props}
                rows={2}
                value={description}
                onChange={(event) => setDescription(event.target.value)}
              />
            )}
          </Field>
          <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
            <Field label={t('level')} help={t('levelHelp')}>
              {(props) => (
                <LevelSelect
                  id={props.id}
                  aria-describedby={props['aria-describedby']}
                  value={level}
                  onChange={setLevel}
                />
              )}
            </Field>
            <Field label={t('zone')} help={t('zoneHelp')}>
              {(props) => (
                <Select
                  id={props.id}
                  aria-describedby={props['aria-describedby']}
                  value={zone}
                  onChange={setZone}
                  options={zones.map((one) => ({ value: one, label: one, hint: zoneHint(one) || undefined }))}
                />
              )}
            </Field>
          </div>
          <Field label={t('tags')} help={t('tagsHelp')} mark={c('optional')}>
            {(props) => <Input {...props} value={tags} onChange={(event) => setTags(event.target.value)} />}
          </Field>
          <Field label={t('embeddingModel')} help={t('embeddingHelp')}>
            {(props) => <Input {...props} value={dataset.embedding_model} readOnly disabled />}
          </Field>
          <Button type="submit" variant="primary" className="self-start" busy={save.isPending}>
            {c('save')}
          </Button>
        </form>
      </Card>
      <WhoMayReach dataset={dataset} />
      <DeleteDataset dataset={dataset} />
    </div>
  );
}

function WhoMayReach({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const [open, setOpen] = useState(false);
  return (
    <Card className="flex flex-wrap items-center gap-3 p-5">
      <div className="flex-1 basis-64">
        <h2 className="font-semibold">{t('access')}</h2>
        <p className="text-ink-2">{t('accessHint')}</p>
      </div>
      <Button icon={UserLock} onClick={() => setOpen(true)}>
        {t('access')}
      </Button>
      {open && <LazyAccess path={`/datasets/${dataset.id}`} name={dataset.name} onClose={() => setOpen(false)} />}
    </Card>
  );
}

function DeleteDataset({ dataset }: { dataset: Dataset }) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = async () => {
    await navigate({ to: '/knowledge' });
    client.setQueryData(datasetsQuery.queryKey, (list) => list?.filter((one) => one.id !== dataset.id));
    undoable(c('deleted', { name: dataset.name }), c('undo'), {
      undo: () => void client.invalidateQueries({ queryKey: keys.datasets }),
      carryOut: () => {
        api
          .delete(`/datasets/${dataset.id}`)
          .catch((error) => toast(text(asApiError(error).text), { tone: 'bad' }))
          .finally(() => void client.invalidateQueries({ queryKey: keys.datasets }));
      },
    });
  };
  return (
    <Card className="flex flex-wrap items-center gap-3 p-5">
      <div className="flex-1 basis-64">
        <h2 className="font-semibold">{t('deleteDataset')}</h2>
        <p className="text-ink-2">{t('deleteHint')}</p>
      </div>
      <Button variant="danger" icon={Trash2} onClick={() => void remove()}>
        {t('deleteDataset')}
      </Button>
    </Card>
  );
}
