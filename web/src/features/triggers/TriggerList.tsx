import { useSearch } from '@tanstack/react-router';
import type { Trigger } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Card } from '@/ui/page';
import type { Open } from './open';
import { TriggerRow } from './TriggerRow';
import { words } from './words';

/** Kind and name, next time, last run, controls; on what is narrower the middle two go under the name. */
export const COLUMNS =
  'grid grid-cols-[36px_minmax(0,1fr)_168px_168px_136px] gap-x-4 px-4 max-xl:grid-cols-[36px_minmax(0,1fr)_auto] max-sm:gap-x-3 max-sm:px-3';

interface Props {
  appId: string;
  triggers: Trigger[];
  onOpen(open: Open): void;
  onRemove(trigger: Trigger): void;
}

export function TriggerList({ appId, triggers, onOpen, onRemove }: Props) {
  const t = useT(words);
  const { trigger: marked } = useSearch({ from: '/shell/apps/$appId/triggers' });
  return (
    <Card>
      <div
        aria-hidden="true"
        className={cn(COLUMNS, 'h-8 items-center rounded-t-lg bg-sunken text-sm font-medium text-ink-2 max-xl:hidden')}
      >
        <span className="col-span-2">{t('trigger')}</span>
        <span>{t('next')}</span>
        <span>{t('last')}</span>
      </div>
      <ul aria-label={t('title')}>
        {triggers.map((trigger) => (
          <TriggerRow
            key={trigger.id}
            appId={appId}
            trigger={trigger}
            marked={trigger.id === marked}
            onOpen={onOpen}
            onRemove={onRemove}
          />
        ))}
      </ul>
    </Card>
  );
}
