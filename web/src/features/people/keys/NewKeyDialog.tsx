import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, BASE } from '@/api/client';
import { keys } from '@/api/keys';
import type { ApiKey } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { CopyField } from '@/ui/copy-field';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { RoleSelect } from '../RoleSelect';
import { useRoles } from '../roles/useRoles';
import { words } from '../words';
import { EVERYTHING, isEmpty, type KeyScope, ScopeField } from './ScopeField';

const DAY = 86_400_000;
const TERMS = [30, 90, 365];

export function NewKeyDialog({ onClose }: { onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState('analyst');
  const [scope, setScope] = useState<KeyScope>(EVERYTHING);
  const { aboutOf } = useRoles();
  const [term, setTerm] = useState('90');
  const [checked, setChecked] = useState(false);
  const create = useMutation({
    mutationFn: () =>
      api.post<ApiKey & { key: string }>('/api-keys', {
        name: name.trim(),
        role,
        ...scope,
        expires_at: term ? Date.now() + Number(term) * DAY : null,
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apiKeys }),
  });
  if (create.data) return <ShowKey value={create.data.key} onClose={onClose} />;
  const submit = () => {
    setChecked(true);
    if (name.trim() && !isEmpty(scope)) create.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={t('keyTitle')}
      description={t('keyHint')}
      submit={c('create')}
      sending={create}
      onSubmit={submit}
    >
      <Field label={t('keyName')} error={checked && !name.trim() && t('keyNameEmpty')}>
        {(props) => (
          <Input
            {...props}
            maxLength={200}
            placeholder={t('keyNameExample')}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('role')} help={aboutOf(role)}>
        {(props) => (
          <RoleSelect id={props.id} aria-describedby={props['aria-describedby']} value={role} onChange={setRole} />
        )}
      </Field>
      <ScopeField value={scope} onChange={setScope} complain={checked} />
      <Field label={t('expires')} help={term === '' ? t('neverHelp') : undefined}>
        {(props) => (
          <Select
            id={props.id}
            value={term}
            onChange={setTerm}
            options={[
              ...TERMS.map((days) => ({ value: String(days), label: t('days', { n: days }) })),
              { value: '', label: t('never') },
            ]}
          />
        )}
      </Field>
    </FormDialog>
  );
}

function ShowKey({ value, onClose }: { value: string; onClose(): void }) {
  const t = useT(words);
  const example = `curl -H "Authorization: Bearer ${value}" ${location.origin}${BASE}/apps`;
  return (
    <Dialog
      open
      held
      onClose={onClose}
      title={t('keyReady')}
      footer={
        <Button variant="primary" onClick={onClose}>
          {t('gotIt')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Notice kind="warn">{t('keyOnce')}</Notice>
        <CopyField label={t('keyValue')} value={value} />
        <div>
          <h3 className="mb-1 text-sm font-medium text-ink-2">{t('example')}</h3>
          <div className="flex items-start gap-1">
            <pre className="min-w-0 flex-1 rounded-md bg-sunken p-3 font-mono text-sm break-all whitespace-pre-wrap">
              {example}
            </pre>
            <CopyButton text={example} />
          </div>
        </div>
      </div>
    </Dialog>
  );
}
