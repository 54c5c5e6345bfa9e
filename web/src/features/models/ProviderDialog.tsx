import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { policyQuery } from '@/api/queries';
import type { Provider } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field, Input } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { ChooseModels } from './ChooseModels';
import { testProvider } from './ProviderCard';
import { isAddress, isNear, PRESETS, type Preset } from './presets';
import { words } from './words';

interface Props {
  provider: Provider | null;
  preset?: Preset;
  onClose(): void;
}

/** Two steps: where the service is, then which of its models to use. */
export function ProviderDialog({ provider, preset, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const formId = useId();
  const client = useQueryClient();
  const [saved, setSaved] = useState<Provider | null>(null);
  const save = useMutation({
    mutationFn: async (values: Values) => {
      const known = saved ?? provider;
      const body = { ...values, api_key: values.api_key || undefined };
      const row = known
        ? await api.patch<Provider>(`/providers/${known.id}`, body)
        : await api.post<Provider>('/providers', body);
      setSaved(row);
      return { row, test: await testProvider(row.id) };
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.providers });
      void client.invalidateQueries({ queryKey: keys.models });
    },
  });
  if (save.data?.test.ok) {
    return <ChooseModels provider={save.data.row} test={save.data.test} onClose={onClose} />;
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={provider ? t('editTitle') : t('connect')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={save.isPending}>
            {t('saveAndTest')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {save.isError && <ErrorNotice error={save.error} />}
        {save.data && !save.data.test.ok && <FailedTest message={save.data.test.error?.message} />}
        <ProviderForm id={formId} provider={provider} preset={preset} onSave={(values) => save.mutate(values)} />
      </div>
    </Dialog>
  );
}

function FailedTest({ message }: { message: Parameters<ReturnType<typeof useText>>[0] }) {
  const t = useT(words);
  const text = useText();
  return (
    <p role="alert" className="rounded-lg border border-bad/40 bg-bad-soft px-3 py-2.5">
      <span className="font-semibold text-bad">{t('testFailed')}</span>
      <span className="block">{text(message)}</span>
    </p>
  );
}

interface Values {
  name: string;
  base_url: string;
  zone: string;
  api_key: string;
}

interface FormProps {
  id: string;
  provider: Provider | null;
  preset?: Preset;
  onSave(values: Values): void;
}

function ProviderForm({ id, provider, preset, onSave }: FormProps) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const policy = useQuery(policyQuery);
  const [name, setName] = useState(provider?.name ?? preset?.name ?? '');
  const [address, setAddress] = useState(provider?.base_url ?? preset?.url ?? '');
  const [chosenZone, setZone] = useState(provider?.zone ?? '');
  const [key, setKey] = useState('');
  const [checked, setChecked] = useState(false);
  const zones = policy.data?.zones ?? [];
  const has = (zone: string) => zones.some((one) => one.name === zone);
  const guess = isNear(address) && has('local') ? 'local' : has('public') ? 'public' : (zones[0]?.name ?? 'local');
  const zone = chosenZone || guess;
  const badName = !name.trim() || name.includes('/');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (!badName && isAddress(address)) onSave({ name: name.trim(), base_url: address.trim(), zone, api_key: key });
  };
  return (
    <form id={id} onSubmit={submit} noValidate className="flex flex-col gap-4">
      {!provider && (
        <fieldset className="flex flex-wrap gap-1.5">
          <legend className="mb-1 text-sm font-medium text-ink-2">{t('preset')}</legend>
          {PRESETS.map((one) => (
            <Button
              key={one.id}
              size="small"
              aria-pressed={address === one.url}
              className={address === one.url ? 'border-accent! text-accent!' : undefined}
              onClick={() => {
                setName(one.name);
                setAddress(one.url);
              }}
            >
              {one.name}
            </Button>
          ))}
        </fieldset>
      )}
      <Field label={t('name')} help={t('nameHelp')} error={checked && badName && t('nameEmpty')}>
        {(props) => <Input {...props} value={name} maxLength={64} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label={t('baseUrl')} help={t('baseUrlHelp')} error={checked && !isAddress(address) && t('baseUrlBad')}>
        {(props) => (
          <Input
            {...props}
            type="url"
            spellCheck={false}
            className="font-mono"
            placeholder="http://127.0.0.1:8000/v1"
            value={address}
            onChange={(event) => setAddress(event.target.value)}
          />
        )}
      </Field>
      <Field label={t('apiKey')} mark={c('optional')} help={provider?.has_key ? t('apiKeyKeep') : t('apiKeyHelp')}>
        {(props) => (
          <Input
            {...props}
            type="password"
            autoComplete="off"
            value={key}
            onChange={(event) => setKey(event.target.value)}
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
            options={(zones.length ? zones : [{ name: zone, description: '' }]).map((one) => ({
              value: one.name,
              label: one.name,
              hint: text(one.description) || undefined,
            }))}
          />
        )}
      </Field>
    </form>
  );
}
