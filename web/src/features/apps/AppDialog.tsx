import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Input, Textarea } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { useSaveApp } from './changes';
import { words } from './words';

/** Name and description: of a new app, or of one that exists. */
export function AppDialog({ app, onClose }: { app: App | null; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const navigate = useNavigate();
  const save = useSaveApp(app);
  const [name, setName] = useState(app?.name ?? '');
  const [description, setDescription] = useState(app?.description ?? '');
  const [checked, setChecked] = useState(false);
  const submit = async () => {
    setChecked(true);
    if (!name.trim()) return;
    const saved = await save.mutateAsync({ name: name.trim(), description: description.trim() }).catch(() => null);
    if (!saved) return;
    onClose();
    if (!app) await navigate({ to: '/apps/$appId/design', params: { appId: saved.id } });
  };
  return (
    <FormDialog
      onClose={onClose}
      title={app ? t('renameTitle') : t('createTitle')}
      description={app ? undefined : t('createHint')}
      submit={app ? c('save') : c('create')}
      sending={save}
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
            autoFocus
          />
        )}
      </Field>
      <Field label={c('description')} mark={c('optional')}>
        {(props) => (
          <Textarea
            {...props}
            rows={3}
            value={description}
            maxLength={2000}
            placeholder={t('descriptionExample')}
            onChange={(event) => setDescription(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
