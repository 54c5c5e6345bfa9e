import { ChevronRight } from 'lucide-react';
import type { NodeType } from '@/api/types';
import { TypeTile } from '@/canvas/view/TypeTile';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Status } from '@/ui/status';
import type { NodeStatus, NodeView } from '../fold';
import { words } from '../words';
import { type TraceRow, ticksOf } from './rows';

export const ROW_HEIGHT = 32;

export const COLUMNS =
  'grid grid-cols-[minmax(120px,240px)_112px_minmax(80px,1fr)_64px_56px] items-center gap-x-3 px-3 @max-3xl:grid-cols-[minmax(100px,160px)_104px_minmax(60px,1fr)_60px_48px] @max-3xl:gap-x-2 @max-md:grid-cols-[minmax(0,1fr)_20px_minmax(48px,28%)_60px]';

const BARS: Record<NodeStatus, string> = {
  idle: 'bg-idle',
  running: 'bg-run',
  retrying: 'bg-warn',
  succeeded: 'bg-ok',
  failed: 'bg-bad',
  skipped: 'bg-idle',
  paused: 'bg-pause',
  cancelled: 'bg-idle',
};

/** Round times along the axis; the last one stays inside. */
export function AxisHead({ length }: { length: number }) {
  const format = useFormat();
  return (
    <span className="figures relative h-4">
      {ticksOf(length, 3).map((tick, index) => {
        const left = tick / length;
        return (
          left <= 0.92 && (
            <span
              key={tick}
              className={cn('absolute whitespace-nowrap', index > 1 && '@max-md:hidden')}
              style={{ left: `${left * 100}%` }}
            >
              {tick === 0 ? '0' : format.duration(tick)}
            </span>
          )
        );
      })}
    </span>
  );
}

interface Props {
  id: string;
  row: TraceRow;
  title: string;
  type: NodeType | undefined;
  selected: boolean;
  top: number;
  onSelect(): void;
  onToggle(): void;
}

const INDENT = 18;

export function Row({ id, row, title, type, selected, top, onSelect, onToggle }: Props) {
  const t = useT(words);
  const format = useFormat();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys; its options are never focused
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={id}
      role="treeitem"
      aria-selected={selected}
      aria-level={row.depth + 1}
      aria-expanded={row.open ?? undefined}
      onClick={onSelect}
      className={cn(
        COLUMNS,
        'absolute inset-x-0 top-0 h-8 cursor-pointer',
        selected ? 'bg-accent-soft' : 'hover:bg-sunken',
      )}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="flex min-w-0 items-center gap-2" style={{ paddingLeft: row.depth * INDENT }}>
        {row.open !== null && (
          <button
            type="button"
            tabIndex={-1}
            aria-label={t(row.open ? 'closeRow' : 'openRow', { name: title })}
            className="-mx-1 grid size-6 shrink-0 place-items-center rounded-sm text-ink-3 hover:bg-line/60 hover:text-ink"
            onClick={(event) => {
              event.stopPropagation();
              onToggle();
            }}
          >
            <ChevronRight size={14} aria-hidden="true" className={row.open ? 'rotate-90' : undefined} />
          </button>
        )}
        {row.pass === null && <TypeTile type={type} small />}
        <span className={cn('truncate', row.pass === null ? 'font-medium' : 'text-ink-2')}>{title}</span>
        {row.passes && <Passes passes={row.passes} />}
        {row.attempt > 1 && (
          <span className="figures shrink-0 rounded-sm bg-warn-soft px-1 text-xs text-warn">
            {t('attemptShort', { n: row.attempt })}
          </span>
        )}
      </span>
      <Status status={row.status} className="text-sm @max-md:*:last:sr-only" />
      <span aria-hidden="true" className="relative h-2.5 rounded-sm bg-line/40">
        {row.bar && (
          <span
            className={cn('absolute inset-y-0 min-w-[3px] rounded-sm', BARS[row.status])}
            style={{ left: `min(${row.bar.left * 100}%, calc(100% - 3px))`, width: `${row.bar.width * 100}%` }}
          />
        )}
      </span>
      <span className="figures text-right text-sm text-ink-2">{row.ms === null ? '–' : format.duration(row.ms)}</span>
      <span className="figures text-right text-sm text-ink-3 @max-md:hidden">
        {row.tokens ? format.number(row.tokens) : ''}
        {row.tokens > 0 && <span className="sr-only"> {t('tokensHead')}</span>}
      </span>
    </div>
  );
}

/** How far a container is, and what went wrong in it. */
function Passes({ passes: { begun, done, failed } }: { passes: NonNullable<NodeView['passes']> }) {
  const t = useT(words);
  return (
    <span className="figures flex shrink-0 gap-1.5 text-xs text-ink-3">
      {done === begun ? t('passesCount', { n: begun }) : t('passesOf', { done, begun })}
      {failed > 0 && <span className="font-medium text-bad">{t('passesFailedN', { n: failed })}</span>}
    </span>
  );
}
