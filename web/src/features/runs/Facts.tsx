import type { Run } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import type { RunView } from '@/runs/fold';
import { usageOf } from '@/runs/readings';
import { useCost } from '@/runs/useCost';
import { useNow } from '@/runs/useNow';
import { msOf, versionOf } from './facts';
import { words } from './words';

/** What there is to know of a run beside its values: version, who and when, time, tokens, models. */
export function Facts({ run, view }: { run: Run; view: RunView }) {
  const t = useT(words);
  const format = useFormat();
  const cost = useCost();
  const live = view.status === 'running';
  const now = useNow(live);
  const ms = live && view.startedAt !== null ? Math.max(0, now - view.startedAt) : msOf(run);
  const usage = live ? usageOf(view) : run.usage;
  const version = versionOf(run);
  const replaced = run.models.filter((one) => one.requested !== one.model);
  const facts = [
    version === null ? t('draft') : `v${version}`,
    t('created', { when: format.dateTime(run.created_at), who: run.created_by }),
    ms !== null && format.duration(ms),
    usage && usage.input + usage.output > 0 && t('usage', { input: usage.input, output: usage.output }),
    cost(usage),
    ...replaced.map((one) => t('modelReplaced', { requested: one.requested, model: one.model })),
  ].filter((fact): fact is string => Boolean(fact));
  return (
    <span className="figures flex flex-wrap items-center gap-x-4 gap-y-1">
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
    </span>
  );
}
