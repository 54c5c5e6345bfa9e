import { useEffect, useRef } from 'react';
import type { Trigger } from '@/api/types';
import { useLanguage, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { CopyButton } from '@/ui/copy-button';
import { addressOf } from './address';
import { KindTile } from './kinds';
import { LastRun } from './LastRun';
import { NextTime } from './NextTime';
import type { Open } from './open';
import { RowActions } from './RowActions';
import { sayCron } from './say';
import { COLUMNS } from './TriggerList';
import { Troubles } from './Troubles';
import { words } from './words';

interface Props {
  appId: string;
  trigger: Trigger;
  /** A link led here: it is scrolled to and stands out. */
  marked: boolean;
  onOpen(open: Open): void;
  onRemove(trigger: Trigger): void;
}

export function TriggerRow({ appId, trigger, marked, onOpen, onRemove }: Props) {
  const t = useT(words);
  const can = useCan();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (marked) row.current?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  const edit = () => onOpen({ dialog: 'edit', trigger });
  return (
    <li
      ref={row}
      data-trigger={trigger.id}
      aria-current={marked || undefined}
      className={cn(
        COLUMNS,
        'items-start gap-y-2 border-t border-line py-3 first:border-t-0 xl:first:border-t',
        marked && 'bg-accent-soft/40 shadow-[inset_3px_0_0_var(--accent)]',
      )}
    >
      <KindTile kind={trigger.kind} on={trigger.enabled} />
      <div className="min-w-0">
        <h2 className="font-semibold">
          {can('app.write') ? (
            <button
              type="button"
              title={t('edit')}
              onClick={edit}
              className="min-h-6 max-w-full rounded-sm text-left break-words hover:text-accent hover:underline"
            >
              {trigger.name}
            </button>
          ) : (
            <span className="min-h-6 max-w-full break-words">{trigger.name}</span>
          )}
        </h2>
        <What trigger={trigger} />
      </div>
      <div className="contents max-xl:col-start-2 max-xl:col-end-4 max-xl:row-start-2 max-xl:flex max-xl:flex-wrap max-xl:gap-x-8 max-xl:gap-y-2">
        <div className="min-w-0 max-xl:min-w-44 max-sm:min-w-30 xl:pt-0.5">
          <p className="text-xs text-ink-3 xl:sr-only">{t('next')}</p>
          <NextTime trigger={trigger} />
        </div>
        <div className="min-w-0 xl:pt-0.5">
          <p className="text-xs text-ink-3 xl:sr-only">{t('last')}</p>
          <LastRun trigger={trigger} />
        </div>
      </div>
      <RowActions appId={appId} trigger={trigger} onOpen={onOpen} onRemove={onRemove} />
      <Troubles trigger={trigger} onEdit={can('app.write') ? edit : undefined} />
    </li>
  );
}

/** What it does, in words; of a webhook where its messages go. */
function What({ trigger }: { trigger: Trigger }) {
  const t = useT(words);
  const language = useLanguage();
  const address = addressOf(trigger);
  if (address) {
    return (
      <p className="-my-1 flex min-w-0 items-center gap-1 text-ink-2">
        <span className="sm:hidden">{t('onMessage')}</span>
        <code className="min-w-0 truncate font-mono text-sm max-sm:hidden">{address}</code>
        <CopyButton size="small" text={address} label={`${t('copyAddress')}: ${trigger.name}`} />
      </p>
    );
  }
  return (
    <p className="flex flex-wrap gap-x-2 text-ink-2">
      <span>{sayCron(trigger.cron ?? '', t, language)}</span>
      <span className="text-ink-3">{trigger.time_zone?.replaceAll('_', ' ')}</span>
    </p>
  );
}
