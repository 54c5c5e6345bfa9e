import { ShieldCheck, ShieldX } from 'lucide-react';
import type { FlowReport, Graph } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Card } from '@/ui/page';
import { CHIP, LABEL, placeLanes, ROW } from './lanes';
import { words } from './words';

const STROKE = { no: 'stroke-line-strong', allowed: 'stroke-ok', denied: 'stroke-bad' };

/** The picture: a lane per zone. The table below it says the same in words. */
export function LaneMap({ report, graph }: { report: FlowReport; graph: Graph }) {
  const t = useT(words);
  const { zones, chips, lines, width, height } = placeLanes(report, graph);
  return (
    <Card className="overflow-x-auto print:overflow-visible print:border-0">
      <section
        aria-label={t('lanes')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide picture must be scrollable by keyboard
        tabIndex={0}
        className="relative min-w-full -outline-offset-2"
        style={{ width, height }}
      >
        {zones.map((zone, index) => (
          <div
            key={zone}
            className={cn(
              'absolute inset-x-0 border-t border-line first:border-t-0',
              index % 2 === 1 && 'bg-sunken/50',
            )}
            style={{ top: index * ROW, height: ROW }}
          >
            <span
              className="absolute inset-y-0 left-0 grid place-items-center border-r border-line px-2 text-center text-sm font-semibold text-ink-2"
              style={{ width: LABEL - 24 }}
            >
              {zone}
            </span>
          </div>
        ))}
        <svg width={width} height={height} className="absolute inset-0" aria-hidden="true">
          {lines.map((line) => (
            <path
              key={line.key}
              d={line.path}
              fill="none"
              strokeWidth={line.crosses === 'no' ? 1.5 : 2}
              className={STROKE[line.crosses]}
            />
          ))}
        </svg>
        <ol>
          {chips.map((chip) => {
            const Icon = chip.crossing === 'denied' ? ShieldX : ShieldCheck;
            return (
              <li
                key={chip.id}
                className={cn(
                  'absolute flex items-center gap-1.5 rounded-md border bg-surface px-2.5 shadow-rest',
                  chip.crossing === 'denied'
                    ? 'border-bad'
                    : chip.crossing === 'allowed'
                      ? 'border-ok'
                      : 'border-line-strong',
                )}
                style={{ left: chip.x, top: chip.y, ...CHIP }}
              >
                <span className="line-clamp-2 min-w-0 flex-1 leading-4 font-medium">{chip.title}</span>
                {chip.crossing && (
                  <Icon
                    size={15}
                    aria-label={t(chip.crossing)}
                    className={cn('shrink-0', chip.crossing === 'denied' ? 'text-bad' : 'text-ok')}
                  />
                )}
              </li>
            );
          })}
        </ol>
      </section>
    </Card>
  );
}
