import { Link } from '@tanstack/react-router';
import { ChevronRight, CircleCheck, History, MessageSquareText, OctagonAlert, Rocket } from 'lucide-react';
import type { App } from '@/api/types';
import { AppMenu } from '@/app/AppMenu';
import { words as appWords } from '@/app/words';
import { told } from '@/canvas/graph/inside';
import { useEditor } from '@/canvas/graph/store';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useAppPlaces } from '@/lib/apps';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { MenuItem } from '@/ui/menu';
import { SaveState } from './SaveState';
import { words } from './words';

interface Props {
  app: App;
  onSave(): void;
  onProblems(): void;
  onPublish(): void;
  onChat(): void;
  onVersions(): void;
}

/** Where one is, how the draft stands, and what can be done with the whole app. */
export function Header({ app, onSave, onProblems, onPublish, onVersions, onChat }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const ofApps = useT(appWords);
  // What is drawn decides: one can try a chat before it is published.
  const mode = useEditor((state) => (state.whole.chat === undefined ? 'workflow' : 'chat'));
  const { use } = useAppPlaces({ mode });
  return (
    <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-4 max-sm:gap-2 max-sm:px-3">
      <nav aria-label={t('apps')} className="flex min-w-0 items-center gap-1 text-ink-3">
        <Link to="/apps" className="shrink-0 rounded-sm hover:text-ink max-sm:hidden">
          {t('apps')}
        </Link>
        <ChevronRight size={14} aria-hidden="true" className="shrink-0 max-sm:hidden" />
        <h1 className="truncate text-md font-semibold text-ink" title={app.name}>
          {app.name}
        </h1>
      </nav>
      <SaveState canEdit={can('app.write')} onRetry={onSave} />
      <div className="ml-auto flex shrink-0 items-center gap-2">
        <Problems onOpen={onProblems} />
        {use && (
          <Link
            to={use}
            params={{ appId: app.id }}
            className="inline-flex h-8 items-center gap-1.5 rounded-md px-2 font-medium text-ink-2 hover:bg-sunken hover:text-ink max-lg:hidden"
          >
            <MessageSquareText size={16} aria-hidden="true" />
            {ofApps('use')}
          </Link>
        )}
        <AppMenu app={{ id: app.id, mode }} label={c('more')} onChat={onChat}>
          <MenuItem icon={History} onSelect={onVersions}>
            {t('versions')}
          </MenuItem>
        </AppMenu>
        {can('app.publish') && (
          <Button variant="primary" icon={Rocket} onClick={onPublish}>
            {t('publish')}
          </Button>
        )}
      </div>
    </header>
  );
}

function Problems({ onOpen }: { onOpen(): void }) {
  const t = useT(words);
  const { count, error } = told(useEditor((state) => state.problems));
  const Icon = count ? OctagonAlert : CircleCheck;
  const label = count ? t('problems', { n: count }) : t('noProblems');
  return (
    <button
      type="button"
      onClick={onOpen}
      data-problems={count}
      className="flex h-8 items-center gap-1.5 rounded-md px-2 text-sm hover:bg-sunken"
    >
      <Icon size={15} aria-hidden="true" className={count ? (error ? 'text-bad' : 'text-warn') : 'text-ok'} />
      <span className="figures max-md:sr-only">{label}</span>
    </button>
  );
}
