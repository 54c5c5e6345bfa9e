import { Link } from '@tanstack/react-router';
import { GitCompareArrows, ListTree } from 'lucide-react';
import type { Cell } from '@/api/types';
import { useFormat, useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { StateMark } from '../state';
import { words } from '../words';
import { CheckView } from './CheckView';

interface Props {
  cell: Cell;
  open: boolean;
  /** The only variant: there is room beside. */
  alone: boolean;
  /** The run of the version as it is, to compare with. */
  baseRun: string | null;
}

/** One case with one variant: how it stands, what came out, what did not hold, what it took. */
export function CellView({ cell, open, alone, baseRun }: Props) {
  const t = useT(words);
  const text = useText();
  const bad = cell.checks.filter((check) => check.passed !== true);
  const [first, ...more] = bad;
  const named = new Set(cell.checks.map((check) => check.output)).size > 1;
  const compared = cell.variant > 0 && cell.run_id && baseRun && cell.run_id !== baseRun ? baseRun : null;
  return (
    <div className={cn('flex min-w-0 flex-col gap-1.5', alone && '@lg:flex-row @lg:gap-4')}>
      <div
        className={cn(
          'flex flex-wrap items-center gap-x-3 gap-y-0.5',
          alone && '@lg:w-36 @lg:shrink-0 @lg:flex-col @lg:items-start',
        )}
      >
        <StateMark state={cell.state} />
        <Figures cell={cell} />
      </div>
      <div className="flex min-w-0 flex-1 flex-col gap-1.5">
        {cell.output && (
          <p
            className={cn(
              'min-w-0 max-w-prose break-words text-ink-2',
              open ? 'max-h-96 overflow-y-auto whitespace-pre-wrap' : alone ? 'line-clamp-2' : 'line-clamp-3',
            )}
            {...(open && { tabIndex: 0 })}
          >
            {cell.output}
          </p>
        )}
        {cell.error && (
          <p className="text-bad [overflow-wrap:anywhere]">
            {text(cell.error.message)}
            {cell.error.node && <span className="text-ink-3"> {t('atNode', { node: cell.error.node })}</span>}
          </p>
        )}
        {!open && first && (
          <p className={cn('line-clamp-2 break-words text-sm', first.passed === null ? 'text-warn' : 'text-bad')}>
            {text(first.reason) || t('notHeld')}
            {more.length > 0 && <span className="text-ink-3"> {t('andMore', { n: more.length })}</span>}
          </p>
        )}
        {open && cell.checks.length > 0 && (
          <ul className="flex flex-col gap-2 border-t border-line pt-2">
            {cell.checks.map((check, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an expectation is known by its place
              <CheckView key={at} check={check} named={named} />
            ))}
          </ul>
        )}
        {open && cell.state === 'passed' && cell.checks.length === 0 && (
          <p className="text-sm text-ink-3">{t('nothingExpected')}</p>
        )}
        {open && cell.run_id && (
          <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
            <RunLink id={cell.run_id} />
            {compared && (
              <Link
                to="/runs/compare"
                search={{ a: compared, b: cell.run_id }}
                className="inline-flex min-h-6 items-center gap-1.5 text-accent hover:underline"
              >
                <GitCompareArrows size={14} aria-hidden="true" />
                {t('compareRuns')}
              </Link>
            )}
          </p>
        )}
      </div>
    </div>
  );
}

function RunLink({ id }: { id: string }) {
  const t = useT(words);
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: id }}
      className="inline-flex min-h-6 items-center gap-1.5 text-accent hover:underline"
    >
      <ListTree size={14} aria-hidden="true" />
      {t('openRun')}
    </Link>
  );
}

function Figures({ cell }: { cell: Cell }) {
  const t = useT(words);
  const format = useFormat();
  const tokens = cell.tokens_in + cell.tokens_out;
  return (
    <span className="figures flex flex-wrap gap-x-2 text-sm text-ink-3">
      {cell.ms !== null && <span>{format.duration(cell.ms)}</span>}
      {tokens > 0 && (
        <span title={t('usage', { in: cell.tokens_in, out: cell.tokens_out })}>{t('tokens', { n: tokens })}</span>
      )}
    </span>
  );
}
