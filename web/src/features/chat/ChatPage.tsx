import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { MessagesSquare, PanelLeft, SquarePen, Workflow } from 'lucide-react';
import { useState } from 'react';
import { appQuery, conversationQuery, inputsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { buttonClass } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { Empty } from '@/ui/empty';
import { IconButton } from '@/ui/icon-button';
import { LazySelect } from '@/ui/lazy-select';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { ConversationList } from './ConversationList';
import { Thread } from './Thread';
import { words } from './words';

type Version = 'published' | 'draft';

export default function ChatPage() {
  const t = useT(words);
  const { appId } = useParams({ from: '/shell/apps/$appId/chat' });
  const app = useQuery(appQuery(appId));
  if (app.isError) {
    return (
      <Page title={t('thread')}>
        <ErrorNotice error={app.error} onRetry={() => void app.refetch()} />
      </Page>
    );
  }
  return app.data ? <Chat key={appId} app={app.data} /> : <Loading className="h-full" />;
}

function NoChat({ app }: { app: App }) {
  const t = useT(words);
  const form = (
    <Link to="/apps/$appId/use" params={{ appId: app.id }} className={buttonClass()}>
      {t('asForm')}
    </Link>
  );
  return (
    <Empty icon={MessagesSquare} title={t('noChat')} actions={form}>
      {t('noChatHint')}
    </Empty>
  );
}

function Chat({ app }: { app: App }) {
  const t = useT(words);
  const can = useCan();
  const navigate = useNavigate();
  const { c: openId = null } = useSearch({ from: '/shell/apps/$appId/chat' });
  // Where the published version is a form, those who build it have come to try the chat that they draw.
  const toTry = app.published_version === null || (app.mode !== 'chat' && can('app.write'));
  const [version, setVersion] = useState<Version>(toTry ? 'draft' : 'published');
  const [listed, setListed] = useState(false);
  const open = (id: string | null) => {
    setListed(false);
    void navigate({ to: '/apps/$appId/chat', params: { appId: app.id }, search: id ? { c: id } : {} });
  };
  const usable = app.published_version !== null || can('app.write');
  return (
    <div className="flex h-full min-h-0">
      <aside className="w-64 shrink-0 border-r border-line bg-surface max-lg:hidden">
        <ConversationList appId={app.id} openId={openId} onOpen={open} />
      </aside>
      <Drawer open={listed} onClose={() => setListed(false)} title={t('conversations')}>
        <ConversationList appId={app.id} openId={openId} onOpen={open} />
      </Drawer>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-surface px-4 max-sm:px-2">
          <IconButton icon={PanelLeft} label={t('openList')} className="lg:hidden" onClick={() => setListed(true)} />
          <h1 className="min-w-0 flex-1 truncate text-md font-semibold" title={app.name}>
            {app.name}
          </h1>
          <IconButton icon={SquarePen} label={t('newOne')} className="lg:hidden" onClick={() => open(null)} />
          {can('app.write') && <ForBuilders app={app} version={version} onVersion={setVersion} begun={!!openId} />}
        </header>
        {usable ? (
          <Begun app={app} version={version} conversationId={openId} onBegun={open} />
        ) : (
          <Notice className="m-4">{t('notPublished')}</Notice>
        )}
      </div>
    </div>
  );
}

interface BegunProps {
  app: App;
  /** What a new conversation would be with; one that was begun keeps its own. */
  version: Version;
  conversationId: string | null;
  onBegun(id: string): void;
}

/** The thread, once it is known what answers it and how that chats. */
function Begun({ app, version, conversationId, onBegun }: BegunProps) {
  const conversation = useQuery({ ...conversationQuery(conversationId ?? ''), enabled: conversationId !== null });
  const its = conversationId === null ? version : conversation.data?.version;
  // Always how it is now: an older form would ask for what is no longer taken.
  const form = useQuery({ ...inputsQuery(app.id, its ?? version), enabled: its !== undefined, staleTime: 0 });
  const failed = [conversation, form].find((query) => query.isError);
  if (failed) return <ErrorNotice className="m-4" error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!its || !form.data) return <Loading className="flex-1" />;
  if (!form.data.chat) return <NoChat app={app} />;
  return (
    <Thread
      app={app}
      form={form.data}
      chat={form.data.chat}
      version={its}
      conversationId={conversationId}
      onBegun={onBegun}
    />
  );
}

interface BuilderProps {
  app: App;
  version: Version;
  onVersion(version: Version): void;
  /** A conversation keeps the version that it began with. */
  begun: boolean;
}

function ForBuilders({ app, version, onVersion, begun }: BuilderProps) {
  const t = useT(words);
  const published = app.published_version;
  const versions = [
    ...(published === null ? [] : [{ value: 'published', label: t('published', { n: published }) }]),
    { value: 'draft', label: t('draft') },
  ];
  return (
    <>
      {!begun && (
        <LazySelect
          label={t('version')}
          className="w-36! max-sm:w-28!"
          value={version}
          onChange={(next) => onVersion(next as Version)}
          options={versions}
        />
      )}
      <Link
        to="/apps/$appId/design"
        params={{ appId: app.id }}
        className={buttonClass('default', 'normal', 'max-sm:hidden')}
      >
        <Workflow size={16} aria-hidden="true" />
        {t('design')}
      </Link>
    </>
  );
}
