import { Link } from '@tanstack/react-router';
import { CalendarClock, FlaskConical, GitCompareArrows, GitFork, Webhook } from 'lucide-react';
import type { Run, RunTrigger } from '@/api/types';
import { useT } from '@/i18n';
import { words } from './words';

/** Where a run comes from that is not simply a run of its app. */
export function Origin({ run }: { run: Run }) {
  const t = useT(words);
  const parent = run.parent_id;
  if (run.trigger) return <Started by={run.trigger} appId={run.app_id} />;
  if (run.kind !== 'fork' && run.kind !== 'node') return null;
  const Icon = run.kind === 'fork' ? GitFork : FlaskConical;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="flex items-center gap-1.5">
        <Icon size={15} aria-hidden="true" className="shrink-0 text-accent" />
        {run.kind === 'fork' ? t('forkOf') : parent ? t('nodeOf') : t('nodeAlone')}
      </span>
      {parent && (
        <Link to="/runs/$runId" params={{ runId: parent }} className="text-accent hover:underline">
          {t('openParent')}
        </Link>
      )}
      {parent && run.kind === 'fork' && (
        <Link
          to="/runs/compare"
          search={{ a: parent, b: run.id }}
          className="flex items-center gap-1.5 text-accent hover:underline"
        >
          <GitCompareArrows size={15} aria-hidden="true" />
          {t('compareOrigin')}
        </Link>
      )}
    </p>
  );
}

/** It may have been deleted since: the name is that of then. */
function Started({ by, appId }: { by: RunTrigger; appId: string }) {
  const t = useT(words);
  const Icon = by.kind === 'schedule' ? CalendarClock : Webhook;
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <span className="flex min-w-0 items-center gap-1.5">
        <Icon size={15} aria-hidden="true" className="shrink-0 text-accent" />
        <span className="break-words">{t(`by_${by.kind}`, { name: by.name })}</span>
      </span>
      <Link
        to="/apps/$appId/triggers"
        params={{ appId }}
        search={{ trigger: by.id }}
        className="text-accent hover:underline"
      >
        {t('openTrigger')}
      </Link>
    </p>
  );
}
