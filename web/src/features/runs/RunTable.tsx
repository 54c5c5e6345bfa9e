// biome-ignore-all lint/a11y/useSemanticElements: rows placed by transform cannot be <tr>; the roles say what they are
// biome-ignore-all lint/a11y/useFocusableInteractive: cells hold links; they are not themselves controls
import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { CalendarClock, FlaskConical, GitFork, Webhook } from 'lucide-react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Run } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Badge } from '@/ui/badge';
import { Status } from '@/ui/status';
import { msOf, questionOf, versionOf } from './facts';
import { words } from './words';

const ROW = 40;
const CARD = 84;
const NARROW = '(max-width: 639px)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listen) => {
      const media = matchMedia(NARROW);
      media.addEventListener('change', listen);
      return () => media.removeEventListener('change', listen);
    },
    () => matchMedia(NARROW).matches,
  );
}

// Grid, not table-layout: rows are drawn only where seen, and columns must not depend on which those are.
const COLUMNS =
  'grid grid-cols-[24px_110px_minmax(120px,1fr)_minmax(160px,2.2fr)_64px_96px_72px_124px] items-center gap-x-3 px-4 max-lg:grid-cols-[24px_110px_minmax(100px,1fr)_minmax(140px,2fr)_80px_120px]';
const WIDE = 'max-lg:hidden';

/** All runs that were loaded; only the rows in view are in the document. */
interface Props {
  runs: Run[];
  onEnd(): void;
  /** Ids of the runs that are chosen for comparing, two at most. */
  picked: readonly string[];
  onPick(id: string): void;
}

export function RunTable({ runs, onEnd, picked, onPick }: Props) {
  const t = useT(words);
  const narrow = useNarrow();
  const box = useRef<HTMLDivElement>(null);
  const size = narrow ? CARD : ROW;
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => box.current,
    estimateSize: () => size,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change their height with the layout
  useEffect(() => virtual.measure(), [size]);
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= runs.length - 10) onEnd();
  }, [last, runs.length, onEnd]);
  return (
    <div
      role="table"
      aria-label={t('table')}
      aria-rowcount={runs.length + 1}
      className="mb-6 flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-surface max-sm:mb-3"
    >
      <div role="rowgroup" className="bg-sunken text-sm font-medium text-ink-2 max-sm:sr-only">
        <div role="row" className={cn(COLUMNS, 'h-8')}>
          <span role="columnheader">
            <span className="sr-only">{t('compare')}</span>
          </span>
          <span role="columnheader">{t('status')}</span>
          <span role="columnheader">{t('app')}</span>
          <span role="columnheader">{t('question')}</span>
          <span role="columnheader" className={WIDE}>
            {t('version')}
          </span>
          <span role="columnheader" className="text-right">
            {t('duration')}
          </span>
          <span role="columnheader" className={cn('text-right', WIDE)}>
            {t('tokens')}
          </span>
          <span role="columnheader" className="text-right">
            {t('started')}
          </span>
        </div>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard */}
      <div ref={box} role="rowgroup" tabIndex={0} className="min-h-0 flex-1 overflow-y-auto -outline-offset-2">
        <div className="relative" style={{ height: virtual.getTotalSize() }} role="presentation">
          {rows.map(({ index, start }) => {
            const run = runs[index];
            if (!run) return null;
            return (
              <div
                key={run.id}
                role="row"
                aria-rowindex={index + 2}
                className={cn(
                  'absolute inset-x-0 top-0 border-b border-line hover:bg-sunken/60',
                  narrow ? 'flex flex-wrap content-center items-center gap-x-3 px-3' : COLUMNS,
                )}
                style={{ height: size, transform: `translateY(${start}px)` }}
              >
                <Cells run={run} picked={picked.includes(run.id)} full={picked.length >= 2} onPick={onPick} />
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface CellsProps {
  run: Run;
  picked: boolean;
  /** Two are chosen: no other can be. */
  full: boolean;
  onPick(id: string): void;
}

function Cells({ run, picked, full, onPick }: CellsProps) {
  const t = useT(words);
  const format = useFormat();
  const ms = msOf(run);
  return (
    <>
      <span role="cell" className="relative z-10 -m-2 grid size-10 place-items-center max-sm:m-0 max-sm:size-6">
        <input
          type="checkbox"
          aria-label={t('pickRun', { app: run.app_name, when: format.dateTime(run.created_at) })}
          checked={picked}
          disabled={full && !picked}
          onChange={() => onPick(run.id)}
          className="size-4 accent-accent"
        />
      </span>
      <span role="cell" className="flex">
        <Status status={run.status} />
      </span>
      <span role="cell" className="min-w-0 truncate font-medium max-sm:flex-1">
        <Link
          to="/runs/$runId"
          params={{ runId: run.id }}
          className="after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {run.app_name}
        </Link>
      </span>
      <span role="cell" className="flex min-w-0 items-center gap-2 text-ink-2 max-sm:w-full">
        <span className="truncate">{questionOf(run) || '–'}</span>
        {run.kind !== 'run' && (
          <Badge icon={run.kind === 'fork' ? GitFork : FlaskConical}>{t(`kind_${run.kind}`)}</Badge>
        )}
        {run.trigger && (
          <Badge
            icon={run.trigger.kind === 'schedule' ? CalendarClock : Webhook}
            title={t(`by_${run.trigger.kind}`, { name: run.trigger.name })}
            className="max-w-36! shrink-0 max-sm:max-w-28!"
          >
            {run.trigger.name}
          </Badge>
        )}
        {run.offline && (
          <Badge tone="warn" title={t('offlineHint')}>
            {t('offline')}
          </Badge>
        )}
      </span>
      <span role="cell" className={cn('text-ink-2', WIDE)}>
        {versionOf(run) === null ? t('draft') : `v${versionOf(run)}`}
      </span>
      <span role="cell" className="figures text-right text-ink-2">
        {ms === null ? '–' : format.duration(ms)}
      </span>
      <span role="cell" className={cn('figures text-right text-ink-2', WIDE)}>
        {run.usage ? format.number(run.usage.input + run.usage.output) : '–'}
      </span>
      <span role="cell" className="truncate text-right text-ink-3" title={format.fullDateTime(run.created_at)}>
        {format.dateTime(run.created_at)}
      </span>
    </>
  );
}
