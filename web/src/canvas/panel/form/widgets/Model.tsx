/** A model by name. The name may be one that nobody serves yet: the graph of another installation says so too. */
import { useQuery } from '@tanstack/react-query';
import { ExternalLink, Info } from 'lucide-react';
import type { ReactNode } from 'react';
import { modelsQuery } from '@/api/queries';
import { useText } from '@/i18n';
import { usePanelWords } from '../../words';
import { Combobox } from '../Combobox';
import type { WidgetProps } from '../context';
import { textOf } from './Text';

export function ModelField({ spec, value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const text = useText();
  const { data } = useQuery(modelsQuery);
  const kind = spec.hints.kind === 'embedding' ? 'embedding' : 'chat';
  const models = (data?.items ?? []).filter((model) => model.kind === kind);
  const now = textOf(value);
  const served = models.find((model) => model.name === now);
  const first = kind === 'chat' ? data?.default_chat : data?.default_embedding;
  const offline = models.some((model) => model.offline);
  return (
    <>
      <Combobox
        free
        value={now}
        onChange={onChange}
        control={control}
        placeholder={first ? t('modelExample', { name: first }) : t('chooseModel')}
        empty={t('noSuchModel')}
        options={models.map((model) => ({
          value: model.name,
          label: model.name,
          group: model.offline ? t('builtIn') : model.provider,
          mark: model.zone,
          hint: model.offline ? t('offlineModel') : text(model.label) === model.name ? undefined : text(model.label),
        }))}
        footer={<PageLink href="/models">{t('modelsPage')}</PageLink>}
        label={control['aria-labelledby'] ? undefined : label}
      />
      {served?.offline && <Aside>{t('offlineModel')}</Aside>}
      {data && now && !served && <Aside warn>{t(offline ? 'servedOffline' : 'servedByNobody', { name: now })}</Aside>}
    </>
  );
}

/** A page of its own tab: what is being edited stays where it is. */
export function PageLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener"
      className="flex min-h-8 items-center gap-2 rounded-md px-2 font-medium text-accent hover:bg-sunken"
    >
      <ExternalLink size={14} aria-hidden="true" />
      {children}
    </a>
  );
}

/** A remark under a field that is no error. */
export function Aside({ warn, children }: { warn?: boolean; children: ReactNode }) {
  return (
    <p className={warn ? 'flex items-start gap-1 text-sm text-warn' : 'flex items-start gap-1 text-sm text-ink-3'}>
      <Info size={14} aria-hidden="true" className="mt-0.5 shrink-0" />
      <span className="min-w-0">{children}</span>
    </p>
  );
}
