import { useFormat } from '@/i18n';
import { triesOf } from '@/runs/readings';
import { useNodeRun } from '@/runs/store';
import { useWords } from './words';

/** Time and tokens of a node that has run, and the passes of a container, on the lower edge of its card. */
export function RunFoot({ id }: { id: string }) {
  const t = useWords();
  const format = useFormat();
  const run = useNodeRun(id);
  if (!run || run.startedAt === null || run.status === 'skipped') return null;
  // A container says how far it is while it goes; the others have nothing to say before they end.
  if (run.endedAt === null && !run.passes) return null;
  const tokens = run.usage ? run.usage.input + run.usage.output : 0;
  return (
    <div className="node-foot figures">
      {run.passes && <span>{t('passes', { done: run.passes.done, begun: run.passes.begun })}</span>}
      {run.passes && run.passes.failed > 0 && (
        <span className="text-bad">{t('passesFailed', { n: run.passes.failed })}</span>
      )}
      {run.endedAt !== null && <span>{format.duration(Math.max(0, run.endedAt - run.startedAt))}</span>}
      {tokens > 0 && <span>{t('tokens', { n: tokens })}</span>}
      {triesOf(run) > 1 && <span>{t('attempt', { n: triesOf(run) })}</span>}
    </div>
  );
}
