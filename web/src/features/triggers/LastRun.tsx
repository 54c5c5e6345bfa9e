import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { runQuery } from '@/api/queries';
import type { Trigger } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useMinute } from '@/runs/useNow';
import { Status } from '@/ui/status';
import { words } from './words';

const LOOK = 3000;
const GOING = new Set(['queued', 'running']);

/** The run that it started last, with how that stands. */
export function LastRun({ trigger }: { trigger: Trigger }) {
  const t = useT(words);
  const format = useFormat();
  useMinute();
  const { last_run_id: id, last_fired_at: at } = trigger;
  const run = useQuery({
    ...runQuery(id ?? ''),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && GOING.has(state.data.status) ? LOOK : false),
  });
  if (id === null || at === null) return <p className="text-ink-3">{t('never')}</p>;
  const when = <span className="figures block text-sm text-ink-3 first-letter:uppercase">{format.ago(at)}</span>;
  // A run may be deleted before its trigger.
  if (run.isError) return when;
  return (
    <Link
      to="/runs/$runId"
      params={{ runId: id }}
      title={format.fullDateTime(at)}
      className="group inline-block min-h-6 rounded-sm"
    >
      {run.data && <Status status={run.data.status} className="flex group-hover:underline" />}
      {when}
      <span className="sr-only">{t('openRun')}</span>
    </Link>
  );
}
