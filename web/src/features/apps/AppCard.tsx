import { Link, useNavigate } from '@tanstack/react-router';
import { MessagesSquare, Pencil, Play, Trash2, UserLock, Workflow } from 'lucide-react';
import { useState } from 'react';
import { LazyAccess } from '@/access/LazyAccess';
import type { App } from '@/api/types';
import { AppMenu } from '@/app/AppMenu';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useAppPlaces } from '@/lib/apps';
import { useCan } from '@/lib/session';
import { Badge } from '@/ui/badge';
import { buttonClass } from '@/ui/button';
import { MenuItem } from '@/ui/menu';
import { useDeleteApp } from './changes';
import { words } from './words';

export function AppCard({ app, onEdit }: { app: App; onEdit(): void }) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const format = useFormat();
  const navigate = useNavigate();
  const remove = useDeleteApp();
  const [sharing, setSharing] = useState(false);
  const params = { appId: app.id };
  const chats = app.mode === 'chat';
  const Icon = chats ? MessagesSquare : Workflow;
  const { use, opens } = useAppPlaces(app);
  return (
    <article className="relative flex min-h-40 w-full flex-col rounded-lg border border-line bg-surface p-4 transition-shadow duration-120 hover:border-line-strong hover:shadow-raised">
      <div className="flex items-start gap-2">
        <span className="grid size-8 shrink-0 place-items-center rounded-md bg-accent-soft text-accent">
          <Icon size={17} aria-hidden="true" />
        </span>
        <h2 className="min-w-0 flex-1 pt-1 text-md font-semibold break-words" title={app.name}>
          <Link to={opens} params={params} className="after:absolute after:inset-0 after:rounded-lg">
            <span className="line-clamp-2">{app.name}</span>
          </Link>
        </h2>
        <div className="relative z-10 -mt-0.5 -mr-1.5">
          <AppMenu
            app={app}
            label={`${c('more')}: ${app.name}`}
            size="small"
            onChat={
              can('app.write')
                ? () => void navigate({ to: '/apps/$appId/design', params, search: { panel: 'chat' } })
                : undefined
            }
          >
            {can('app.write') && (
              <>
                <MenuItem icon={Pencil} onSelect={onEdit}>
                  {c('rename')}
                </MenuItem>
                <MenuItem icon={UserLock} onSelect={() => setSharing(true)}>
                  {t('access')}
                </MenuItem>
                <MenuItem icon={Trash2} danger onSelect={() => remove(app)}>
                  {c('delete')}
                </MenuItem>
              </>
            )}
          </AppMenu>
        </div>
      </div>
      <p className="mt-2 line-clamp-2 text-ink-2">
        {app.description || <span className="text-ink-3">{t('noDescription')}</span>}
      </p>
      <div className="mt-auto flex flex-wrap items-center gap-2 pt-3 text-sm text-ink-3">
        {app.published_version === null ? (
          <Badge>{t('draftOnly')}</Badge>
        ) : (
          <Badge tone="ok">{t('published', { n: app.published_version })}</Badge>
        )}
        {chats && <Badge>{t('chatApp')}</Badge>}
        <span className="min-w-0 flex-1 truncate" title={format.fullDateTime(app.updated_at)}>
          {t('edited', { when: format.ago(app.updated_at) })}
        </span>
        {use && (
          <Link
            to={use}
            params={params}
            aria-label={`${t('use')}: ${app.name}`}
            className={buttonClass('default', 'small', 'relative z-10')}
          >
            <Play size={14} aria-hidden="true" />
            {t('use')}
          </Link>
        )}
      </div>
      {sharing && <LazyAccess path={`/apps/${app.id}`} name={app.name} onClose={() => setSharing(false)} />}
    </article>
  );
}
