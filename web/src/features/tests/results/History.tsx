import { FlaskConical, Rocket } from 'lucide-react';
import type { EvaluationSummary } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Tested } from '@/runs/Tested';
import { words } from '../words';
import { useVersionName } from './names';

interface Props {
  evaluations: EvaluationSummary[];
  shownId: string | undefined;
  onShow(id: string): void;
}

/** All evaluations that are kept, newest first, each with its sums. */
export function History({ evaluations, shownId, onShow }: Props) {
  const t = useT(words);
  return (
    <ol aria-label={t('history')} className="overflow-y-auto rounded-lg border border-line bg-surface">
      {evaluations.map((one) => (
        <li key={one.id} className="border-b border-line last:border-b-0">
          <button
            type="button"
            aria-current={one.id === shownId || undefined}
            onClick={() => onShow(one.id)}
            className={cn(
              'flex w-full flex-col gap-0.5 border-l-2 px-3 py-2 text-left -outline-offset-2 hover:bg-sunken',
              one.id === shownId ? 'border-accent bg-accent-soft/50' : 'border-transparent',
            )}
          >
            <Line one={one} />
          </button>
        </li>
      ))}
    </ol>
  );
}

function Line({ one }: { one: EvaluationSummary }) {
  const t = useT(words);
  const format = useFormat();
  const versionName = useVersionName();
  const best = [...one.variants].sort((a, b) => b.sums.passed - a.sums.passed)[0];
  return (
    <>
      {best && <Tested status={one.status} sums={best.sums} />}
      <span className="flex min-w-0 flex-wrap items-center gap-x-2 text-sm text-ink-3">
        <span className="text-ink-2">{versionName(one.version)}</span>
        <span title={format.fullDateTime(one.created_at)}>{format.ago(one.created_at)}</span>
        {one.trigger === 'publish' && (
          <span className="inline-flex items-center gap-1">
            <Rocket size={12} aria-hidden="true" />
            {t('publishing')}
          </span>
        )}
        {one.node !== null && (
          <span className="inline-flex min-w-0 items-center gap-1">
            <FlaskConical size={12} aria-hidden="true" className="shrink-0" />
            <span className="truncate">{t('tuned', { node: one.node, n: one.variants.length - 1 })}</span>
          </span>
        )}
      </span>
    </>
  );
}
