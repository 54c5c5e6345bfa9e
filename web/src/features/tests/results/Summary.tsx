import { Square } from 'lucide-react';
import type { Evaluation } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { allOf, Tested } from '@/runs/Tested';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Progress } from '@/ui/progress';
import { isOpen, useStop } from '../evaluations';
import { words } from '../words';
import { useVersionName } from './names';

/** What an evaluation came to, or how far it is. */
export function Summary({ evaluation }: { evaluation: Evaluation }) {
  const t = useT(words);
  const can = useCan();
  const format = useFormat();
  const versionName = useVersionName();
  const stop = useStop(evaluation.id);
  const { done, total, variants, status, created_at: at, created_by: who, trigger } = evaluation;
  const [base] = variants;
  const alone = variants.length === 1 && base;
  const offline = variants.some((variant) => variant.sums.offline);
  const facts = [
    versionName(evaluation.version),
    trigger === 'publish' ? t('byPublishing', { when: format.ago(at) }) : t('by', { who, when: format.ago(at) }),
    alone && base.sums.ms_p50 !== null && t('median', { ms: format.duration(base.sums.ms_p50) }),
    alone &&
      base.sums.tokens_in + base.sums.tokens_out > 0 &&
      t('tokens', { n: base.sums.tokens_in + base.sums.tokens_out }),
  ].filter((fact): fact is string => Boolean(fact));
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {alone && allOf(base.sums) > 0 ? (
          <Tested status={status} sums={base.sums} className="text-lg!" />
        ) : (
          <p className="text-lg font-semibold">
            {t('variantsOf', { n: variants.length - 1, node: evaluation.node ?? '' })}
          </p>
        )}
        <p className="figures flex flex-wrap items-center gap-x-3 text-ink-3" title={format.fullDateTime(at)}>
          {facts.map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
          {offline && alone && (
            <Badge tone="warn" title={t('offlineHint')}>
              {t('offline')}
            </Badge>
          )}
        </p>
        {isOpen(evaluation) && can('run.create') && (
          <Button className="ml-auto" size="small" icon={Square} busy={stop.isPending} onClick={() => stop.mutate()}>
            {t('stop')}
          </Button>
        )}
      </div>
      {isOpen(evaluation) && (
        <div role="status" className="flex items-center gap-3 text-sm text-ink-2">
          <div className="flex-1">
            <Progress value={total ? done / total : 0} label={t('progress', { done, total })} />
          </div>
          <span className={cn('figures', alone && 'sr-only')}>{t('progress', { done, total })}</span>
        </div>
      )}
      {stop.isError && <ErrorNotice error={stop.error} />}
      {status === 'paused' && <Notice title={t('pausedTitle')}>{t('pausedHint')}</Notice>}
      {offline && !alone && <Notice>{t('offlineHint')}</Notice>}
    </div>
  );
}
