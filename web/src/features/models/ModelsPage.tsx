import { useQuery } from '@tanstack/react-query';
import { Plug, Plus } from 'lucide-react';
import { useState } from 'react';
import { modelsQuery, providersQuery } from '@/api/queries';
import type { Model, Provider } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Table } from '@/ui/table';
import { ProviderCard } from './ProviderCard';
import { ProviderDialog } from './ProviderDialog';
import { PRESETS, type Preset } from './presets';
import { words } from './words';

interface Open {
  provider: Provider | null;
  preset?: Preset;
}

export default function ModelsPage() {
  const t = useT(words);
  const can = useCan();
  const models = useQuery(modelsQuery);
  const providers = useQuery(providersQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const mayWrite = can('model.write');
  const none = providers.data?.length === 0;
  return (
    <Page
      title={t('title')}
      hint={t('hint')}
      actions={
        mayWrite && (
          <Button icon={Plus} variant="primary" onClick={() => setOpen({ provider: null })}>
            {t('connect')}
          </Button>
        )
      }
    >
      {providers.isError && <ErrorNotice error={providers.error} onRetry={() => void providers.refetch()} />}
      {none && mayWrite && <ConnectFirst onChoose={(preset) => setOpen({ provider: null, preset })} />}
      {Boolean(providers.data?.length) && (
        <Section title={t('providers')}>
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(340px,100%),1fr))] gap-4">
            {providers.data?.map((provider) => (
              <li key={provider.id} className="flex">
                <ProviderCard provider={provider} onEdit={() => setOpen({ provider })} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {models.isPending && <Loading />}
      {models.isError && <ErrorNotice error={models.error} onRetry={() => void models.refetch()} />}
      {models.data && (
        <Section title={t('available')}>
          <p className="-mt-1 mb-3 max-w-3xl text-ink-2">{t('availableHint')}</p>
          <ModelTable models={models.data.items} defaults={[models.data.default_chat, models.data.default_embedding]} />
        </Section>
      )}
      {open && <ProviderDialog provider={open.provider} preset={open.preset} onClose={() => setOpen(null)} />}
    </Page>
  );
}

/** Where nothing real is connected yet, that comes first. */
function ConnectFirst({ onChoose }: { onChoose(preset?: Preset): void }) {
  const t = useT(words);
  return (
    <Card className="mb-8 flex gap-4 p-5 max-sm:flex-col">
      <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent">
        <Plug size={20} aria-hidden="true" />
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="text-md font-semibold">{t('connectTitle')}</h2>
        <p className="mt-1 max-w-2xl text-ink-2">{t('connectHint')}</p>
        <div className="mt-4 flex flex-wrap gap-2">
          {PRESETS.map((preset) => (
            <Button key={preset.id} onClick={() => onChoose(preset)}>
              {preset.name}
            </Button>
          ))}
          <Button variant="ghost" onClick={() => onChoose()}>
            {t('other')}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function ModelTable({ models, defaults }: { models: Model[]; defaults: (string | null)[] }) {
  const t = useT(words);
  const text = useText();
  return (
    <Table
      label={t('available')}
      rows={models}
      rowKey={(model) => `${model.provider} ${model.name} ${model.kind}`}
      columns={[
        {
          id: 'name',
          title: t('name'),
          className: 'py-2',
          cell: (model) => {
            const label = text(model.label);
            return (
              <div>
                <span className="flex flex-wrap items-center gap-2">
                  <span className="font-mono">{model.name}</span>
                  {defaults.includes(model.name) && <Badge tone="accent">{t('default')}</Badge>}
                  {model.offline && <Badge tone="warn">{t('offline')}</Badge>}
                </span>
                {label && label !== model.name && <span className="block text-sm text-ink-2">{label}</span>}
              </div>
            );
          },
        },
        { id: 'kind', title: t('kind'), cell: (model) => t(`kind_${model.kind}`) },
        {
          id: 'provider',
          title: t('provider'),
          cell: (model) => (model.offline ? t('builtin') : model.provider),
        },
        { id: 'zone', title: t('zone'), cell: (model) => <Badge>{model.zone}</Badge> },
      ]}
    />
  );
}
