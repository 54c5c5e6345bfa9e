import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, BASE } from '@/api/client';
import { keys } from '@/api/keys';
import { groupsQuery } from '@/api/people';
import type { SsoProvider } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Chips } from '@/ui/chips';
import { CopyField } from '@/ui/copy-field';
import { Field, Input, Switch } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { RoleSelect } from '../RoleSelect';
import { words } from '../words';
import { blank, bodyOf, formOf, missingIn, type ProviderForm } from './form';
import { MappingRows } from './MappingRows';

export function ProviderDialog({ provider, onClose }: { provider: SsoProvider | null; onClose(): void }) {
  const t = useT(words);
  const c = useCommon();
  const client = useQueryClient();
  const { data: groups = [] } = useQuery(groupsQuery);
  const [form, setForm] = useState<ProviderForm>(() => (provider ? formOf(provider) : blank()));
  const [checked, setChecked] = useState(false);
  const set = (change: Partial<ProviderForm>) => setForm((before) => ({ ...before, ...change }));
  const save = useMutation({
    mutationFn: () =>
      provider
        ? api.patch<SsoProvider>(`/sso-providers/${provider.id}`, bodyOf(form))
        : api.post<SsoProvider>('/sso-providers', bodyOf(form)),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.ssoProviders });
      onClose();
    },
  });
  const missing = missingIn(form);
  const submit = () => {
    setChecked(true);
    if (!missing.length) save.mutate();
  };
  const text = (name: 'name' | 'issuer' | 'client_id' | 'group_claim', help?: string, placeholder?: string) => (
    <Field
      label={t(
        name === 'name'
          ? 'providerName'
          : name === 'client_id'
            ? 'clientId'
            : name === 'issuer'
              ? 'issuer'
              : 'groupClaim',
      )}
      help={help}
      error={checked && missing.includes(name) && t('fieldEmpty')}
    >
      {(props) => (
        <Input
          {...props}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          placeholder={placeholder}
          value={form[name]}
          onChange={(event) => set({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  const redirect = provider?.redirect_uri ?? `${location.origin}${BASE}/sso/callback`;
  return (
    <FormDialog
      size="large"
      onClose={onClose}
      title={provider ? t('changeProvider', { name: provider.name }) : t('addProvider')}
      description={t('providerHint')}
      submit={provider ? c('save') : c('create')}
      sending={save}
      onSubmit={submit}
    >
      <CopyField label={t('redirect')} value={redirect} help={t('redirectHelp')} />
      <div className="grid grid-cols-2 gap-4 max-sm:grid-cols-1">
        {text('name', t('providerNameHelp'))}
        {text('issuer', t('issuerHelp'), 'https://login.example.com/realms/office')}
        {text('client_id')}
        <Field label={t('clientSecret')} help={provider?.has_secret ? t('secretKept') : undefined} mark={c('optional')}>
          {(props) => (
            <Input
              {...props}
              type="password"
              autoComplete="new-password"
              value={form.client_secret}
              onChange={(event) => set({ client_secret: event.target.value })}
            />
          )}
        </Field>
        <Field label={t('scopes')} help={t('scopesHelp')}>
          {(props) => <Chips {...props} mono value={form.scopes} onChange={(scopes) => set({ scopes })} />}
        </Field>
        {text('group_claim', t('groupClaimHelp'), 'groups')}
      </div>
      <MappingRows groups={groups} value={form.mappings} onChange={(mappings) => set({ mappings })} />
      <Field label={t('defaultRole')} help={t('defaultRoleHelp')} className="max-w-sm">
        {(props) => (
          <RoleSelect
            id={props.id}
            aria-describedby={props['aria-describedby']}
            none={t('nobodyElse')}
            value={form.default_role}
            onChange={(role) => set({ default_role: role })}
          />
        )}
      </Field>
      <div className="flex items-center gap-2.5">
        <Switch label={t('providerOn')} checked={form.enabled} onChange={(enabled) => set({ enabled })} />
        <span>{form.enabled ? t('providerOn') : t('providerOff')}</span>
      </div>
    </FormDialog>
  );
}
