import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ClipboardCheck, Play, Square, Workflow } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { ForkButton } from '@/runs/debug/ForkButton';
import { Button, buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { words } from './words';

interface Props {
  run: Run;
  going: boolean;
  onForked(run: Run): void;
}

export function Actions({ run, going, onForked }: Props) {
  const t = useT(words);
  const can = useCan();
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: () => api.post<Run>(`/runs/${run.id}/cancel`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.run(run.id), exact: true }),
  });
  const params = { appId: run.app_id };
  return (
    <>
      <CopyButton label={t('copyId')} text={run.id} />
      {can('app.write') && (
        <Link to="/apps/$appId/design" params={params} search={{ run: run.id }} className={buttonClass()}>
          <Workflow size={16} aria-hidden="true" />
          {t('openDesign')}
        </Link>
      )}
      {going && can('run.cancel') && (
        <Button icon={Square} busy={stop.isPending} onClick={() => stop.mutate()}>
          {t('stop')}
        </Button>
      )}
      {run.kind !== 'node' && <ForkButton runId={run.id} node={null} size="normal" onStarted={onForked} />}
      {run.status === 'succeeded' && run.kind !== 'node' && can('app.write') && (
        <Link to="/apps/$appId/tests" params={params} search={{ run: run.id }} className={buttonClass()}>
          <ClipboardCheck size={16} aria-hidden="true" />
          {t('saveAsCase')}
        </Link>
      )}
      {!going && can('run.create') && (
        <Link to="/apps/$appId/use" params={params} className={buttonClass()}>
          <Play size={16} aria-hidden="true" />
          {t('runAgain')}
        </Link>
      )}
    </>
  );
}
