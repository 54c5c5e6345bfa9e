import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { runGraphQuery } from '@/api/queries';
import type { List, Run, RunEvent } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { words } from './words';

const DECISIONS = ['repeat', 'skip', 'fail'] as const;

/** A step that acts on the outside world was cut off: a person says whether to do it again. */
export function PausedNotice({ run }: { run: Run }) {
  const t = useT(words);
  const can = useCan();
  const client = useQueryClient();
  const graph = useQuery(runGraphQuery(run.id));
  const paused = useQuery({
    queryKey: [...keys.run(run.id), 'paused'],
    queryFn: async ({ signal }) => {
      const { items } = await api.get<List<RunEvent>>(`/runs/${run.id}/events`, { signal });
      return items.findLast((event) => event.type === 'run.paused') ?? null;
    },
  });
  const node = paused.data?.node ?? null;
  const resume = useMutation({
    mutationFn: (decision: (typeof DECISIONS)[number]) => api.post<Run>(`/runs/${run.id}/resume`, { node, decision }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.run(run.id) }),
  });
  if (!node) return null;
  const title = graph.data?.nodes.find((one) => one.id === node)?.title || node;
  return (
    <div className="mb-6 flex flex-col gap-2">
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
      {resume.isError && <ErrorNotice error={resume.error} />}
    </div>
  );
}
