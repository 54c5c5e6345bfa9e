/** What starts an app by itself: its schedules and webhooks, and what became of them. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Plus, Workflow } from 'lucide-react';
import { useState } from 'react';
import { appQuery, triggersQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button, buttonClass } from '@/ui/button';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { useRemove } from './changes';
import { Dialogs } from './Dialogs';
import { NoTriggers } from './NoTriggers';
import type { Open } from './open';
import { TriggerList } from './TriggerList';
import { words } from './words';

const LOOK = 15_000;

export default function TriggersPage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/triggers' });
  const app = useQuery(appQuery(appId));
  if (app.isError) {
    return (
      <Page title={t('title')}>
        <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
      </Page>
    );
  }
  return app.data ? <Triggers key={appId} app={app.data} /> : <Loading className="h-full" />;
}

function Triggers({ app }: { app: App }) {
  const t = useT(words);
  const can = useCan();
  const query = useQuery({ ...triggersQuery(app.id), refetchInterval: LOOK });
  const [open, setOpen] = useState<Open | null>(null);
  const { gone, remove } = useRemove(app.id);
  const triggers = query.data?.filter(({ id }) => !gone.includes(id));
  return (
    <Page
      above={<AppLink app={app} />}
      title={t('title')}
      hint={t('hint')}
      actions={
        can('app.write') &&
        Boolean(triggers?.length) && (
          <Button variant="primary" icon={Plus} onClick={() => setOpen({ dialog: 'new', kind: 'schedule' })}>
            {t('new')}
          </Button>
        )
      }
    >
      {app.published_version === null && <Unpublished app={app} />}
      {query.isPending && <Loading />}
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {triggers?.length === 0 && (
        <NoTriggers onNew={can('app.write') ? (kind) => setOpen({ dialog: 'new', kind }) : undefined} />
      )}
      {triggers && triggers.length > 0 && (
        <TriggerList appId={app.id} triggers={triggers} onOpen={setOpen} onRemove={remove} />
      )}
      {open && <Dialogs app={app} open={open} onOpen={setOpen} />}
    </Page>
  );
}

/** Back to where the app is built, or for who may not build, used. */
function AppLink({ app }: { app: App }) {
  const can = useCan();
  const use = app.mode === 'chat' ? '/apps/$appId/chat' : '/apps/$appId/use';
  return (
    <Link
      to={can('app.write') ? '/apps/$appId/design' : use}
      params={{ appId: app.id }}
      className="inline-block max-w-full truncate align-bottom hover:text-ink hover:underline"
    >
      {app.name}
    </Link>
  );
}

function Unpublished({ app }: { app: App }) {
  const t = useT(words);
  const can = useCan();
  return (
    <Notice
      kind="warn"
      className="mb-4"
      title={t('unpublishedTitle')}
      actions={
        can('app.publish') && (
          <Link to="/apps/$appId/design" params={{ appId: app.id }} className={buttonClass('default', 'small')}>
            <Workflow size={15} aria-hidden="true" />
            {t('openDesign')}
          </Link>
        )
      }
    >
      {can('app.publish') ? t('unpublished') : t('unpublishedAsk')}
    </Notice>
  );
}
