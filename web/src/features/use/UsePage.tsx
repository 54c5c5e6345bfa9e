import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Workflow } from 'lucide-react';
import { useState } from 'react';
import { appQuery, inputsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { useFollow } from '@/runs/useFollow';
import { buttonClass } from '@/ui/button';
import { LazySelect } from '@/ui/lazy-select';
import { ErrorNotice } from '@/ui/notice';
import { Card, Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { AskForm } from './AskForm';
import type { Asked } from './asked';
import { Earlier } from './Earlier';
import { Result } from './Result';
import { Suggestions } from './Suggestions';
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
  // Newest first; what was asked stays on the page while one asks on.
  const [asked, setAsked] = useState<Asked[]>([]);
  const [shownId, setShownId] = useState<string | null>(null);
  const [fill, setFill] = useState({ n: 0, texts: {} as Record<string, string> });
  const following = useFollow(shownId);
  const shown = asked.find((one) => one.runId === shownId);
  const add = (one: Asked) => {
    setAsked((before) => [one, ...before]);
    setShownId(one.runId);
  };
  const refill = (texts: Readonly<Record<string, string>>) => setFill(({ n }) => ({ n: n + 1, texts: { ...texts } }));
  const fields = inputs.data?.fields;
  if (!can('run.create')) {
    return (
      <Page title={app.name} hint={app.description}>
        <p className="text-ink-2">{t('mayNotRun')}</p>
      </Page>
    );
  }
  return (
    <Page title={app.name} hint={app.description} actions={<Actions app={app} which={which} onWhich={setWhich} />}>
      <div className="flex flex-col gap-5">
        <Card className="p-4">
          {inputs.isPending && <Loading className="min-h-24!" />}
          {inputs.isError && <ErrorNotice error={inputs.error} onRetry={() => void inputs.refetch()} />}
          {fields && (
            <AskForm
              key={`${which} ${fill.n} ${fields.map((field) => field.name).join()}`}
              appId={app.id}
              version={which}
              fields={fields}
              initial={fill.texts}
              goingId={following.going ? shownId : null}
              onAsked={add}
            />
          )}
        </Card>
        {shown && <Result key={shown.runId} runId={shown.runId} question={shown.question} following={following} />}
        {!shown && fields && <Suggestions appId={app.id} fields={fields} onPick={refill} />}
        <Earlier asked={asked} shownId={shownId} onShow={setShownId} onAgain={(one) => refill(one.texts)} />
      </div>
    </Page>
  );
}

function Actions({ app, which, onWhich }: { app: App; which: Which; onWhich(which: Which): void }) {
  const t = useT(words);
  const can = useCan();
  if (!can('app.write')) return null;
  const published = app.published_version;
  const versions = [
    ...(published === null ? [] : [{ value: 'published', label: t('published', { n: published }) }]),
    { value: 'draft', label: t('draft') },
  ];
  return (
    <>
      <LazySelect
        label={t('version')}
        className="w-36!"
        value={which}
        onChange={(next) => onWhich(next as Which)}
        options={versions}
      />
      <Link to="/apps/$appId/design" params={{ appId: app.id }} className={buttonClass()}>
        <Workflow size={16} aria-hidden="true" />
        {t('design')}
      </Link>
    </>
  );
}
