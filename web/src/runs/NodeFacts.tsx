import { CloudOff, CornerDownRight } from 'lucide-react';
import type { NodeRun, Usage } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { Badge } from '@/ui/badge';
import { LevelBadge } from '@/ui/level';
import { Status } from '@/ui/status';
import type { NodeView } from './fold';
import { triesOf } from './readings';
import { useCost } from './useCost';
import { words } from './words';

const STATUS: Readonly<Record<string, string>> = { waiting: 'idle', ready: 'idle' };

interface Props {
  run: NodeRun;
  view: NodeView | undefined;
  /** False while it goes on: what it ended with is not shown. */
  settled: boolean;
}

/** A node's run in a few words: status, time, tokens, who answered, which way it went, how sensitive its data are. */
export function NodeFacts({ run, view, settled }: Props) {
  const t = useT(words);
  const format = useFormat();
  const cost = useCost();
  const facts = (settled && run.facts) || {};
  const usage = (facts.usage ?? view?.usage) as Partial<Usage> | null | undefined;
  const model = text(facts.model);
  const requested = text(facts.requested);
  const branch = view ? view.branch : run.branch;
  const attempt = view ? triesOf(view) : run.attempt;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <Status status={view?.status ?? STATUS[run.status] ?? run.status} />
        {settled && run.ms !== null && <span className="figures text-ink-2">{format.duration(run.ms)}</span>}
        {usage && (
          <span className="figures text-ink-2">
            {t('usage', { input: usage.input ?? 0, output: usage.output ?? 0 })}
          </span>
        )}
        {cost(usage) && <span className="figures text-ink-2">{cost(usage)}</span>}
        {attempt > 1 && <Badge tone="warn">{t('attempts', { n: attempt })}</Badge>}
        {branch && (
          <Badge icon={CornerDownRight} title={t('branchHint')}>
            {branch}
          </Badge>
        )}
        {run.label && <LevelBadge label={run.label} />}
      </div>
      {model && (
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-2">
          <span>
            {requested && requested !== model ? t('answeredFor', { requested, model }) : t('answered', { model })}
          </span>
          {facts.offline === true && (
            <Badge tone="warn" icon={CloudOff} title={t('offlineHint')}>
              {t('offline')}
            </Badge>
          )}
        </div>
      )}
      {run.started_at !== null && (
        <p className="text-sm text-ink-3">{t('began', { when: format.fullDateTime(run.started_at) })}</p>
      )}
    </div>
  );
}

const text = (value: unknown): string | null => (typeof value === 'string' && value ? value : null);
