import { ChevronFirst, ChevronLast, Pause, Play, StepBack, StepForward } from 'lucide-react';
import type { KeyboardEvent } from 'react';
import { useFormat, useT } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import type { Names } from '../useNames';
import { words } from '../words';
import type { Stop } from './clock';
import type { Replay } from './useReplay';

const SAID = {
  'run.started': 'ev_run_started',
  'run.paused': 'ev_run_paused',
  'run.resumed': 'ev_run_resumed',
  'run.succeeded': 'ev_run_succeeded',
  'run.failed': 'ev_run_failed',
  'run.cancelled': 'ev_run_cancelled',
  'node.started': 'ev_node_started',
  'node.retrying': 'ev_node_retrying',
  'node.succeeded': 'ev_node_succeeded',
  'node.failed': 'ev_node_failed',
  'node.skipped': 'ev_node_skipped',
} as const;

/** Time slider and buttons of a replay. Arrows step on the slider, the space bar plays and pauses. */
export function Controls({ replay, names }: { replay: Replay; names: Names }) {
  const t = useT(words);
  const format = useFormat();
  const { stops, at, playing, go, setPlaying } = replay;
  const last = stops.length - 1;
  const now = stops[at];
  const say = (stop: Stop | undefined) => {
    const key = SAID[stop?.type as keyof typeof SAID];
    if (!stop || !key) return stop?.type ?? '';
    return t(key, { node: stop.node ? names.title(stop.node) : '' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation(); // the canvas has other uses for arrows
    if (event.key !== ' ') return;
    event.preventDefault();
    setPlaying(!playing);
  };
  const time = now ? format.duration(now.at) : '';
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line bg-surface px-3 py-2">
      <div className="flex">
        <IconButton size="small" icon={ChevronFirst} label={t('first')} disabled={at <= 0} onClick={() => go(0)} />
        <IconButton size="small" icon={StepBack} label={t('stepBack')} disabled={at <= 0} onClick={() => go(at - 1)} />
        <IconButton
          size="small"
          icon={playing ? Pause : Play}
          label={playing ? t('pause') : t('play')}
          onClick={() => setPlaying(!playing)}
        />
        <IconButton
          size="small"
          icon={StepForward}
          label={t('stepOn')}
          disabled={at >= last}
          onClick={() => go(at + 1)}
        />
        <IconButton size="small" icon={ChevronLast} label={t('last')} disabled={at >= last} onClick={() => go(last)} />
      </div>
      <input
        type="range"
        min={0}
        max={Math.max(0, last)}
        value={Math.max(0, at)}
        aria-label={t('when')}
        aria-valuetext={`${time}, ${say(now)}`}
        onChange={(event) => go(event.target.valueAsNumber)}
        onKeyDown={onKeyDown}
        className="h-6 min-w-40 flex-1 cursor-pointer accent-accent"
      />
      <span className="figures w-32 text-right text-sm text-ink-2">
        {time} <span className="text-ink-3">/ {format.duration(stops.at(-1)?.at ?? 0)}</span>
      </span>
      <span className="min-w-0 basis-full truncate text-sm text-ink-2">{say(now)}</span>
    </div>
  );
}
