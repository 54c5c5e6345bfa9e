/** Over the canvas while a run stands still: why and where, and every way on, each with its key. */
import { ArrowRightToLine, CirclePause, MessageSquareReply, Square } from 'lucide-react';
import { useEffect } from 'react';
import type { Pause } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { useCommands } from '@/canvas/view/commands';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { ErrorNotice } from '@/ui/notice';
import { isInside, lastOf, outside } from '../paths';
import { useNames } from '../useNames';
import { words } from '../words';
import { type Mode, useGoOn, useStop, WAYS } from './goOn';
import { useDebugKeys } from './keys';
import { goToNode, isKnown, placeOf } from './known';
import { useReason } from './reason';
import { breakpointsFor } from './store';

interface Props {
  runId: string;
  pause: Pause;
  /** Where the question is answered. */
  onAnswer(): void;
}

export default function DebugBar({ runId, pause, onAnswer }: Props) {
  const t = useT(words);
  const can = useCan();
  const names = useNames(runId);
  const reason = useReason();
  const commands = useCommands();
  const going = useGoOn(runId);
  const stop = useStop(runId);
  const selected = useEditor(({ selection }) => (selection.nodes.length === 1 ? selection.nodes[0] : undefined));
  const asks = pause.reason === 'approval' || pause.reason === 'effect_unknown';
  const able = can('run.debug') && !asks && !going.isPending;
  const place = outside(pause.node);
  const focus = useEditor((state) => state.focus.join('/'));
  // The node itself where the canvas shows its graph, else the container that it is in.
  const shown = focus && place.startsWith(`${focus}/`) ? place.slice(focus.length + 1) : place;
  const [near = ''] = shown.split('/');
  useEffect(() => commands.show(near), [commands, near]);
  const go = (mode: Mode, once?: string) => {
    if (able) going.mutate({ mode, breakpoints: breakpointsFor(isKnown, once) });
  };
  const target = selected !== undefined && placeOf(selected) !== place ? placeOf(selected) : null;
  useDebugKeys({
    go,
    runTo: () => target && go('go', target),
    stop: () => stop.mutate(),
  });
  const isContainer = names.isContainer(pause.node);
  const offered = WAYS.filter(
    ({ mode }) => (mode !== 'over' || isContainer) && (mode !== 'out' || isInside(pause.node)),
  );
  return (
    <section
      aria-label={t('debugBar')}
      className="flex max-w-full flex-col rounded-lg border border-pause/50 bg-surface shadow-raised"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1 pr-1.5 pl-3">
        <button
          type="button"
          onClick={() => {
            goToNode(pause.node);
            requestAnimationFrame(() => commands.show(lastOf(pause.node)));
          }}
          title={t('showPaused')}
          className="flex min-h-7 min-w-0 items-center gap-2 rounded-md text-left hover:underline"
        >
          <CirclePause size={16} aria-hidden="true" className="shrink-0 text-pause" />
          <span role="status" className="min-w-0">
            <span className="block font-semibold text-pause">{reason(pause, names)}</span>
            {isInside(pause.node) && <span className="block text-xs text-ink-3">{names.trail(pause.node)}</span>}
          </span>
        </button>
        <span className="flex flex-wrap items-center gap-1">
          {asks && (
            <Button size="small" variant="primary" icon={MessageSquareReply} onClick={onAnswer}>
              {t('toAnswer')}
            </Button>
          )}
          {!asks &&
            can('run.debug') &&
            offered.map(({ mode, icon, word, chord }) => (
              <Button
                key={mode}
                size="small"
                variant={mode === 'go' ? 'primary' : 'ghost'}
                icon={icon}
                disabled={!able}
                title={t('withKey', { what: t(word), key: chord })}
                onClick={() => go(mode)}
              >
                {t(word)}
                <kbd className="font-mono text-xs max-sm:hidden">{chord}</kbd>
              </Button>
            ))}
          {!asks && can('run.debug') && target && (
            <IconButton
              size="small"
              icon={ArrowRightToLine}
              label={t('runToHere', { node: names.title(target) })}
              shortcut="Ctrl Shift ↵"
              disabled={!able}
              onClick={() => go('go', target)}
            />
          )}
          {can('run.create') && (
            <IconButton
              size="small"
              icon={Square}
              label={t('stop')}
              shortcut="Shift F5"
              disabled={stop.isPending}
              onClick={() => stop.mutate()}
            />
          )}
        </span>
      </div>
      {(going.isError || stop.isError) && <ErrorNotice className="m-1.5" error={going.error ?? stop.error} />}
    </section>
  );
}
