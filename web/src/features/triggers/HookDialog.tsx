/** How another system sends to a webhook; and its secret, the one time that it is known. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { inputsQuery } from '@/api/queries';
import type { App, Trigger } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { CopyField } from '@/ui/copy-field';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Tabs } from '@/ui/tabs';
import { addressOf } from './address';
import { useDropOldSecret } from './changes';
import { bodyFor } from './inputs';
import { pythonSample, shellSample } from './samples';
import { words } from './words';

interface Props {
  app: App;
  trigger: Trigger;
  secret: string | null;
  onRotate(): void;
  onClose(): void;
}

export default function HookDialog({ app, trigger, secret, onRotate, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const address = addressOf(trigger) ?? '';
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={secret ? t('secretReady') : t('sendTo', { name: trigger.name })}
      footer={
        <Button variant={secret ? 'primary' : 'default'} onClick={onClose}>
          {secret ? t('secretSaved') : c('close')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {secret && <Notice kind="warn">{t('secretOnce')}</Notice>}
        {secret && <Copied label={t('secret')} value={secret} />}
        <Copied label={t('address')} value={address} help={t('addressHelp')} />
        {!secret && can('app.write') && (
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <p className="min-w-0 flex-1 basis-72 text-ink-2">{t('secretGone')}</p>
            <Button size="small" onClick={onRotate}>
              {t('newSecret')}
            </Button>
          </div>
        )}
        <OldSecret appId={app.id} trigger={trigger} />
        <Samples app={app} trigger={trigger} address={address} secret={secret ?? ''} />
      </div>
    </Dialog>
  );
}

function Copied({ label, value, help }: { label: string; value: string; help?: string }) {
  const t = useT(words);
  return <CopyField label={label} value={value} help={help} copy={t('copyThis', { what: label })} />;
}

function OldSecret({ appId, trigger }: { appId: string; trigger: Trigger }) {
  const t = useT(words);
  const can = useCan();
  const format = useFormat();
  const drop = useDropOldSecret(appId);
  const [dropped, setDropped] = useState(false);
  const until = trigger.old_secret_until;
  if (dropped || until === null || until < Date.now()) return null;
  return (
    <>
      <Notice
        actions={
          can('app.write') && (
            <Button
              size="small"
              variant="danger"
              busy={drop.isPending}
              onClick={() => drop.mutate(trigger, { onSuccess: () => setDropped(true) })}
            >
              {t('dropOld')}
            </Button>
          )
        }
      >
        {t('oldSecret', { when: format.dateTime(until) })}
      </Notice>
      {drop.isError && <ErrorNotice error={drop.error} />}
    </>
  );
}

const LANGUAGES = [
  { id: 'shell', make: shellSample },
  { id: 'python', make: pythonSample },
] as const;

function Samples({ app, trigger, address, secret }: { app: App; trigger: Trigger; address: string; secret: string }) {
  const t = useT(words);
  const [shown, setShown] = useState<string>('shell');
  const { data } = useQuery(inputsQuery(app.id, app.published_version === null ? 'draft' : 'published'));
  const sample = { url: address, secret, body: bodyFor(data?.fields ?? [], trigger.inputs) };
  return (
    <section aria-label={t('samples')}>
      <p className="mb-1 text-ink-2">{secret ? t('samplesHint') : t('samplesHintNoSecret')}</p>
      <Tabs
        label={t('samples')}
        value={shown}
        onChange={setShown}
        tabs={LANGUAGES.map(({ id, make }) => ({
          id,
          label: t(`sample_${id}`),
          content: <Code text={make(sample)} />,
        }))}
      />
      <p className="mt-2 text-sm text-ink-3">{t('samplesMore')}</p>
    </section>
  );
}

function Code({ text }: { text: string }) {
  const t = useT(words);
  return (
    // Long lines must not make the dialog wider than a phone.
    <div className="relative [contain:inline-size]">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="max-h-72 overflow-auto rounded-md bg-sunken p-3 pr-12 font-mono text-sm">
        {text}
      </pre>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-sunken">
        <CopyButton size="small" text={text} label={t('copySample')} />
      </div>
    </div>
  );
}
