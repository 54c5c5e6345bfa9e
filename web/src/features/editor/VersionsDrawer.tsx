import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { History, RotateCcw } from 'lucide-react';
import { api } from '@/api/client';
import { evaluationsQuery, versionsQuery } from '@/api/queries';
import type { App, EvaluationSummary, Version } from '@/api/types';
import { toDoc } from '@/canvas/graph/document';
import { useEditor } from '@/canvas/graph/store';
import { useFormat, useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Tested } from '@/runs/Tested';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { words } from './words';

/** What was published, newest first; any of it can become the draft again, as an edit that can be undone. */
export default function VersionsDrawer({ app, onClose }: { app: App; onClose(): void }) {
  const t = useT(words);
  const format = useFormat();
  const can = useCan();
  const versions = useQuery(versionsQuery(app.id));
  const evaluations = useQuery({
    ...evaluationsQuery(app.id),
    enabled: can('run.read'),
    refetchInterval: ({ state }) => (state.data?.some((one) => one.status === 'running') ? 2000 : false),
  });
  const edit = useEditor((state) => state.edit);
  const restore = useMutation({
    mutationFn: (version: Version) => api.get<Version>(`/apps/${app.id}/versions/${version.number}`),
    onSuccess: ({ graph, number }) => {
      useEditor.getState().leave(0);
      if (graph) edit('edit_restore', (draft) => void Object.assign(draft, toDoc(graph)));
      toast(t('restored', { n: number }));
      onClose();
    },
  });
  return (
    <Drawer open onClose={onClose} title={t('versions')}>
      {versions.isPending && <Loading />}
      {versions.isError && <ErrorNotice error={versions.error} className="m-4" />}
      {restore.isError && <ErrorNotice error={restore.error} className="m-4" />}
      {versions.data?.length === 0 && (
        <Empty icon={History} title={t('noVersions')}>
          {t('noVersionsHint')}
        </Empty>
      )}
      <ol>
        {versions.data?.map((version) => (
          <li key={version.number} className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <p className="flex items-center gap-2 font-semibold">
                {t('version', { n: version.number })}
                {version.number === app.published_version && <Badge tone="ok">{t('current')}</Badge>}
              </p>
              {version.note && <p className="break-words whitespace-pre-wrap text-ink-2">{version.note}</p>}
              <p className="text-sm text-ink-3" title={format.fullDateTime(version.created_at)}>
                {t('by', { who: version.created_by, when: format.ago(version.created_at) })}
              </p>
              <TestResult
                appId={app.id}
                evaluation={evaluations.data?.find((one) => one.version === version.number && one.node === null)}
              />
            </div>
            {can('app.write') && (
              <Button size="small" icon={RotateCcw} busy={restore.isPending} onClick={() => restore.mutate(version)}>
                {t('restore')}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Drawer>
  );
}

/** How the test cases came out the last time that they were run with a version. */
function TestResult({ appId, evaluation }: { appId: string; evaluation: EvaluationSummary | undefined }) {
  const t = useT(words);
  const sums = evaluation?.variants[0]?.sums;
  if (!evaluation || !sums) return null;
  return (
    <Link
      to="/apps/$appId/tests"
      params={{ appId }}
      search={{ evaluation: evaluation.id }}
      title={t('testResults', { n: evaluation.version ?? 0 })}
      className="-mx-1 mt-0.5 inline-flex min-h-6 items-center rounded-sm px-1 text-sm hover:bg-sunken hover:underline"
    >
      <Tested status={evaluation.status} sums={sums} />
    </Link>
  );
}
