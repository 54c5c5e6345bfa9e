import { CircleX, CornerDownRight, TriangleAlert } from 'lucide-react';
import { cn } from '@/lib/cn';
import { FlowLink } from './FlowLink';
import type { NodeProblem } from './problems';
import { usePanelWords } from './words';

/** What is wrong with the node, worst first; each leads to its field. */
export function ProblemList({ problems, onGo }: { problems: readonly NodeProblem[]; onGo(pointer: string): void }) {
  const t = usePanelWords();
  if (!problems.length) return null;
  const sorted = [...problems].sort((a, b) => Number(a.severity === 'warning') - Number(b.severity === 'warning'));
  return (
    <ul aria-label={t('problems')} className="flex flex-col gap-1">
      {sorted.map(({ pointer, text, field, severity, code }, index) => {
        const bad = severity === 'error';
        const Icon = bad ? CircleX : TriangleAlert;
        const look = cn(
          'flex w-full items-start gap-2 rounded-md border px-2.5 py-1.5 text-left text-sm',
          bad ? 'border-bad/40 bg-bad-soft' : 'border-warn/40 bg-warn-soft',
        );
        const inner = (
          <>
            <Icon size={15} aria-hidden="true" className={cn('mt-0.5 shrink-0', bad ? 'text-bad' : 'text-warn')} />
            <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
              <span className={cn('font-semibold', bad ? 'text-bad' : 'text-warn')}>
                {t(bad ? 'error' : 'warning')}
                {t('colon')}
              </span>
              <span className="text-ink">{field ? t('aboutField', { field, text }) : text}</span>
            </span>
          </>
        );
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same sentence may be said of two fields
          <li key={`${index} ${text}`}>
            {pointer === null ? (
              <div className={look}>{inner}</div>
            ) : (
              <button type="button" className={cn(look, 'hover:border-ink-3')} onClick={() => onGo(pointer)}>
                {inner}
                <CornerDownRight size={14} aria-hidden="true" className="mt-0.5 shrink-0 text-ink-3" />
              </button>
            )}
            <FlowLink code={code} className="ml-2.5" />
          </li>
        );
      })}
    </ul>
  );
}
