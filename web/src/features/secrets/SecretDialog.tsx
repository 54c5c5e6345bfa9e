import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Secret } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Chips } from '@/ui/chips';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { asName, isName, reference, SHORTEST_VALUE } from './rules';
import { ValueField } from './ValueField';
import { words } from './words';

/** Adds a secret, or changes what it is for and where it may go. Its name stays: flows say it. */
export function SecretDialog({ secret, onClose }: { secret: Secret | null; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const [name, setName] = useState(secret?.name ?? '');
  const [about, setAbout] = useState(secret?.about ?? '');
  const [value, setValue] = useState('');
  const [hosts, setHosts] = useState<string[]>(secret?.hosts ?? []);
  const [checked, setChecked] = useState(false);
  const further = secret !== null && hosts.some((host) => !secret.hosts.includes(host));
  const asksValue = !secret || further;
  const save = useMutation({
    mutationFn: () =>
      secret
        ? api.patch<Secret>(`/secrets/${secret.id}`, { about: about.trim(), hosts, ...(asksValue ? { value } : {}) })
        : api.post<Secret>('/secrets', { name, about: about.trim(), value, hosts }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.secrets });
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (isName(name) && hosts.length && (!asksValue || value.length >= SHORTEST_VALUE)) save.mutate();
  };
  return (
    <FormDialog
      onClose={onClose}
      title={secret ? t('changeTitle', { name: secret.name }) : t('add')}
      description={secret ? undefined : t('addHint')}
      submit={secret ? c('save') : t('add')}
      autoComplete="off"
      sending={save}
      onSubmit={submit}
    >
      {!secret && (
        <Field
          label={c('name')}
          help={isName(name) ? t('usedAs', { use: reference(name) }) : t('nameHelp')}
          error={checked && !isName(name) && t('nameWrong')}
        >
          {(props) => (
            <Input
              {...props}
              className="font-mono"
              placeholder="CRM_API_KEY"
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              maxLength={64}
              value={name}
              onChange={(event) => setName(asName(event.target.value))}
            />
          )}
        </Field>
      )}
      {!secret && <ValueField value={value} onChange={setValue} complain={checked} />}
      <Field label={t('hosts')} help={t('hostsHelp')} error={checked && !hosts.length && t('hostsEmpty')}>
        {(props) => <Chips {...props} mono placeholder="api.example.com" value={hosts} onChange={setHosts} />}
      </Field>
      {further && <ValueField value={value} onChange={setValue} complain={checked} help={t('hostsNew')} />}
      <Field label={t('about')} mark={c('optional')}>
        {(props) => (
          <Input
            {...props}
            maxLength={500}
            placeholder={t('aboutExample')}
            value={about}
            onChange={(event) => setAbout(event.target.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}
