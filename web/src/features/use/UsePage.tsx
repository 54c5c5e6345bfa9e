import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Play, Square, Workflow } from 'lucide-react';
import { useState } from 'react';
import { RunForm } from '@/answer/RunForm';
import { api } from '@/api/client';
import { appQuery, inputsQuery } from '@/api/queries';
import type { App, Run } from '@/api/types';
import { useT } from '@/i18n';
import { randomId } from '@/lib/browser';
import { useCan } from '@/lib/session';
import { Button, buttonClass } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page } from '@/ui/page';
import { Select } from '@/ui/select';
import { Loading } from '@/ui/spinner';
import { hasEnded } from './live';
import { Result } from './Result';
import { useLiveRun } from './useLiveRun';
import { words } from './words';

type Which = 'draft' | 'published';

export default function UsePage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/use' });
  const app = useQuery(appQuery(appId));
  if (app.isError) {
    return (
      <Page title={t('run')}>
        <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
      </Page>
    );
  }
  return app.data ? <Use key={appId} app={app.data} /> : <Loading className="h-full" />;
}

function Use({ app }: { app: App }) {
  const t = useT(words);
  const can = useCan();
  const [which, setWhich] = useState<Which>(app.published_version === null ? 'draft' : 'published');
  const inputs = useQuery(inputsQuery(app.id, which));
  const [runId, setRunId] = useState<string | null>(null);
  const start = useMutation({
    mutationFn: (values: Record<string, unknown>) =>
      api.post<Run>(
        `/apps/${app.id}/runs`,
        { inputs: values, version: which },
        { headers: { 'Idempotency-Key': randomId() } },
      ),
    onSuccess: (run) => setRunId(run.id),
  });
  const cancel = useMutation({ mutationFn: (id: string) => api.post<Run>(`/runs/${id}/cancel`) });
  const follow = useLiveRun(runId);
  const going = runId !== null && !hasEnded(follow.live.status) && !follow.lost;
  const fields = inputs.data?.fields ?? [];
  const versions = [
    ...(app.published_version === null
      ? []
      : [{ value: 'published', label: t('published', { n: app.published_version }) }]),
    { value: 'draft', label: t('draft') },
  ];
  return (
    <Page
      title={app.name}
      hint={app.description}
      actions={
        can('app.write') && (
          <>
            <Select
              label={t('version')}
              className="w-36!"
              value={which}
              onChange={(next) => setWhich(next as Which)}
              options={versions}
            />
            <Link to="/apps/$appId/design" params={{ appId: app.id }} className={buttonClass()}>
              <Workflow size={16} aria-hidden="true" />
              {t('design')}
            </Link>
          </>
        )
      }
    >
      <div className="flex flex-col gap-5">
        <Card className="p-4">
          {inputs.isPending && <Loading className="min-h-24!" />}
          {inputs.isError && <ErrorNotice error={inputs.error} onRetry={() => void inputs.refetch()} />}
          {inputs.data && (
            <RunForm
              key={`${which} ${fields.map((field) => field.name).join()}`}
              fields={fields}
              onRun={(values) => going || start.mutate(values)}
            >
              {fields.length === 0 && <p className="text-ink-2">{t('noInputs')}</p>}
              <div className="flex items-center gap-3">
                {going && runId ? (
                  <Button icon={Square} busy={cancel.isPending} onClick={() => cancel.mutate(runId)}>
                    {t('stop')}
                  </Button>
                ) : (
                  <Button type="submit" variant="primary" icon={Play} busy={start.isPending}>
                    {fields.length === 1 ? t('ask') : t('run')}
                  </Button>
                )}
                {fields.length === 1 && <span className="text-sm text-ink-3 max-sm:hidden">{t('shortcut')}</span>}
              </div>
            </RunForm>
          )}
        </Card>
        {start.isError && <ErrorNotice error={start.error} />}
        {cancel.isError && <ErrorNotice error={cancel.error} />}
        <Result runId={runId} {...follow} />
      </div>
    </Page>
  );
}
