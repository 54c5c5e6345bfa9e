/** A run that stands still under somebody's hands, where there is no canvas: why, where, and the way on. */
import { CirclePause } from 'lucide-react';
import type { Pause } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import type { Names } from '../useNames';
import { words } from '../words';
import { useGoOn, WAYS } from './goOn';
import { useReason } from './reason';

interface Props {
  runId: string;
  pause: Pause;
  names: Names;
  bare?: boolean;
}

export function DebugPause({ runId, pause, names, bare }: Props) {
  const t = useT(words);
  const can = useCan();
  const reason = useReason();
  const going = useGoOn(runId);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-pause/40 bg-pause-soft px-3 py-2">
        <CirclePause size={16} aria-hidden="true" className="shrink-0 text-pause" />
        <p className="min-w-0 flex-1 basis-60">
          <span className="font-semibold text-pause">{reason(pause, names)}</span>
          {pause.node.includes('/') && <span className="block text-sm text-ink-2">{names.trail(pause.node)}</span>}
        </p>
        {!bare &&
          can('run.debug') &&
          WAYS.slice(0, 2).map(({ mode, icon, word }) => (
            <Button key={mode} size="small" icon={icon} busy={going.isPending} onClick={() => going.mutate({ mode })}>
              {t(word)}
            </Button>
          ))}
      </div>
      {going.isError && <ErrorNotice error={going.error} />}
    </div>
  );
}
