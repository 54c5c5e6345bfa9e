import type { FlowReport, Graph } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Card } from '@/ui/page';
import { CHIP, type Chip, COLUMN, LABEL, type Lanes, PAPER, placeLanes, ROW, stripsOf } from './lanes';
import { STROKE, VERDICTS } from './looks';
import { words } from './words';

/** The picture: a lane per zone. The table below it says the same in words. On paper it is cut into strips. */
export function LaneMap({ report, graph, onPaper }: { report: FlowReport; graph: Graph; onPaper: boolean }) {
  const t = useT(words);
  const lanes = placeLanes(report, graph);
  if (onPaper) {
    return stripsOf(lanes).map((from) => (
      <div
        key={from}
        className="mb-3 break-inside-avoid overflow-hidden rounded-lg border border-line"
        style={{ zoom: PAPER.zoom }}
      >
        <Strip lanes={lanes} shift={from * COLUMN} width={PAPER.width} />
      </div>
    ));
  }
  return (
    <Card className="overflow-x-auto">
      <section
        aria-label={t('lanes')}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide picture must be scrollable by keyboard
        tabIndex={0}
        className="min-w-full -outline-offset-2"
        style={{ width: lanes.width }}
      >
        <Strip lanes={lanes} shift={0} />
      </section>
    </Card>
  );
}

function Strip({ lanes, shift, width }: { lanes: Lanes; shift: number; width?: number }) {
  const t = useT(words);
  const { zones, chips, lines, height } = lanes;
  const inStrip = ({ x }: Chip) => width === undefined || (x >= shift + LABEL && x < shift + width);
  return (
    <div className="relative overflow-hidden" style={{ height }}>
      {zones.map((zone, index) => (
        <div
          key={zone}
          className={cn('absolute inset-x-0 border-t border-line first:border-t-0', index % 2 === 1 && 'bg-sunken/50')}
          style={{ top: index * ROW, height: ROW }}
        >
          <span
            className="absolute inset-y-0 left-0 z-10 grid place-items-center border-r border-line bg-surface px-2 text-center text-sm font-semibold text-ink-2"
            style={{ width: LABEL - 24 }}
          >
            {zone}
          </span>
        </div>
      ))}
      <svg
        width={width === undefined ? lanes.width : shift + width}
        height={height}
        className="absolute top-0"
        style={{ left: -shift, clipPath: `inset(0 0 0 ${shift && shift + LABEL - 24}px)` }}
        aria-hidden="true"
      >
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
        {chips.filter(inStrip).map((chip) => {
          const look = chip.crossing && VERDICTS[chip.crossing];
          return (
            <li
              key={chip.id}
              className={cn(
                'absolute flex items-center gap-1.5 rounded-md border bg-surface px-2.5 shadow-rest',
                look?.border ?? 'border-line-strong',
              )}
              style={{ left: chip.x - shift, top: chip.y, ...CHIP }}
            >
              <span className="line-clamp-2 min-w-0 flex-1 leading-4 font-medium">{chip.title}</span>
              {chip.crossing && look && (
                <look.icon size={15} aria-label={t(chip.crossing)} className={cn('shrink-0', look.color)} />
              )}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
