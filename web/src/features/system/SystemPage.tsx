import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, Puzzle, ShieldCheck, ShieldOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { nodeTypesQuery, systemQuery } from '@/api/queries';
import type { PluginFile, System } from '@/api/types';
import { pick, useLanguage, useT, useText } from '@/i18n';
import { Empty } from '@/ui/empty';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Card, Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { StuckWork } from './StuckWork';
import { words } from './words';

export default function SystemPage() {
  const t = useT(words);
  const system = useQuery(systemQuery);
  const types = useQuery(nodeTypesQuery);
  const plugins = types.data?.plugins ?? [];
  return (
    <Page title={t('title')} hint={t('hint')}>
      {system.isPending && <Loading />}
      {system.isError && <ErrorNotice error={system.error} onRetry={() => void system.refetch()} />}
      {system.data && (
        <>
          <Warnings system={system.data} />
          <Facts system={system.data} />
          <StuckWork />
        </>
      )}
      {types.isError && <ErrorNotice error={types.error} onRetry={() => void types.refetch()} />}
      {types.data && (
        <>
          <Section title={t('plugins')}>
            <p className="-mt-1 mb-3 max-w-3xl text-ink-2">{t('pluginsHint')}</p>
            {plugins.length === 0 ? (
              <Empty icon={Puzzle} title={t('noPlugins')}>
                {t('noPluginsHint')}
              </Empty>
            ) : (
              <Card>
                <ul>
                  {plugins.map((plugin) => (
                    <Plugin key={plugin.file} plugin={plugin} />
                  ))}
                </ul>
              </Card>
            )}
          </Section>
          <p className="text-ink-3">
            {t('nodeTypes')}
            {' · '}
            {t('nodeTypesCount', {
              built: types.data.types.filter((type) => !type.plugin).length,
              plugin: types.data.types.filter((type) => type.plugin).length,
            })}
          </p>
        </>
      )}
    </Page>
  );
}

function Warnings({ system }: { system: System }) {
  const t = useT(words);
  const text = useText();
  if (!system.warnings.length) return null;
  return (
    <Notice kind="warn" title={t('warnings')} className="mb-5">
      <ul className={system.warnings.length > 1 ? 'list-disc pl-4' : undefined}>
        {system.warnings.map((warning) => (
          <li key={pick(warning, 'en')}>{text(warning)}</li>
        ))}
      </ul>
    </Notice>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 border-t border-line px-4 py-3 first:border-t-0 sm:grid sm:grid-cols-[160px_minmax(0,1fr)] sm:gap-4">
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}

function Facts({ system }: { system: System }) {
  const t = useT(words);
  const text = useText();
  const { sandbox } = system;
  const Shield = sandbox.available ? ShieldCheck : ShieldOff;
  return (
    <Card className="mb-8">
      <dl>
        <Fact name={t('version')}>
          <span className="font-mono">{system.version}</span>
        </Fact>
        <Fact name={t('mode')}>{t(`mode_${system.mode}`)}</Fact>
        <Fact name={t('zone')}>{system.zone}</Fact>
        <Fact name={t('offlineModels')}>{system.offline_models ? t('on') : t('off')}</Fact>
        <Fact name={t('sandbox')}>
          <span className={sandbox.available ? 'font-medium text-ok' : 'font-medium text-warn'}>
            <Shield size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
            {sandbox.available ? t('sandboxOn') : t('sandboxOff')}
          </span>
          <p className="text-ink-2">{sandbox.available ? t('sandboxOnHint') : text(sandbox.reason)}</p>
        </Fact>
      </dl>
    </Card>
  );
}

function Plugin({ plugin }: { plugin: PluginFile }) {
  const t = useT(words);
  const language = useLanguage();
  const { error } = plugin;
  const Icon = error ? CircleX : CircleCheck;
  return (
    <li className="border-t border-line px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="font-mono font-medium">{plugin.file}</span>
        <span className="min-w-0 flex-1 text-ink-2">{plugin.nodes.join(', ')}</span>
        <span className={error ? 'font-medium text-bad' : 'font-medium text-ok'}>
          <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
          {error ? t('broken') : t('loaded')}
        </span>
      </div>
      {error && (
        <>
          <p className="mt-1 text-bad">{pick(error.message, language)}</p>
          {error.detail && (
            <details className="mt-1">
              <summary className="w-fit cursor-pointer rounded-sm text-sm text-ink-3">{t('trace')}</summary>
              <pre className="mt-1 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-sm">{error.detail}</pre>
            </details>
          )}
        </>
      )}
    </li>
  );
}
