import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { words } from './words';

const DECISIONS = ['repeat', 'skip', 'fail'] as const;

interface Props {
  runId: string;
  /** The node that the run asks about, and what people call it. */
  node: string;
  title: string;
  className?: string;
}

/** A step that acts on the outside world was cut off: a person says whether to do it again. */
export function PausedNotice({ runId, node, title, className }: Props) {
  const t = useT(words);
  const can = useCan();
  const client = useQueryClient();
  const resume = useMutation({
    mutationFn: (decision: (typeof DECISIONS)[number]) => api.post<Run>(`/runs/${runId}/resume`, { node, decision }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.run(runId) }),
  });
  return (
    <div className={className}>
      <Notice
        kind="warn"
        title={t('pausedTitle')}
        actions={
          can('run.create') &&
          DECISIONS.map((decision) => (
            <Button key={decision} size="small" busy={resume.isPending} onClick={() => resume.mutate(decision)}>
              {t(decision)}
            </Button>
          ))
        }
      >
        {t('pausedHint', { node: title })}
      </Notice>
      {resume.isError && <ErrorNotice className="mt-2" error={resume.error} />}
    </div>
  );
}
