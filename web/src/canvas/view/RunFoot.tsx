import { useFormat } from '@/i18n';
import { useNodeRun } from '@/runs/store';
import { useWords } from './words';

/** Time and tokens of a node that has run, on the lower edge of its card. */
export function RunFoot({ id }: { id: string }) {
  const t = useWords();
  const format = useFormat();
  const run = useNodeRun(id);
  if (!run || run.startedAt === null || run.endedAt === null || run.status === 'skipped') return null;
  const tokens = run.usage ? run.usage.input + run.usage.output : 0;
  return (
    <div className="node-foot figures">
      <span>{format.duration(Math.max(0, run.endedAt - run.startedAt))}</span>
      {tokens > 0 && <span>{t('tokens', { n: tokens })}</span>}
      {run.attempt > 1 && <span>{t('attempt', { n: run.attempt })}</span>}
    </div>
  );
}
