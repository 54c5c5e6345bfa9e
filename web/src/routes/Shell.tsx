/** The frame of every page behind the sign-in: rail or bottom bar, main, messages. */
import { useQuery } from '@tanstack/react-query';
import { Outlet, useMatchRoute } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { levelsQuery } from '@/api/queries';
import { usePreferences, useT } from '@/i18n';
import { lazily, useAwaited } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { LevelTitles } from '@/ui/level';
import { Toaster } from '@/ui/toast';
import { BottomBar } from './BottomBar';
import { closedPlace, words } from './navigation';
import { Rail } from './Rail';

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    addEventListener('online', update);
    addEventListener('offline', update);
    return () => {
      removeEventListener('online', update);
      removeEventListener('offline', update);
    };
  }, []);
  return online;
}

const NotPermitted = lazily(() => import('@/access/NotPermitted'));
const NO_TITLES = {};

export default function Shell() {
  const t = useT(words);
  const folded = usePreferences((state) => state.folded);
  const match = useMatchRoute();
  const onCanvas = Boolean(match({ to: '/apps/$appId/design' }));
  const closed = closedPlace((to) => Boolean(match({ to, fuzzy: true })), useCan());
  const online = useOnline();
  const awaited = useAwaited();
  const levels = useQuery({ ...levelsQuery, staleTime: 300_000 });
  return (
    <div className="flex h-full flex-col print:block print:h-auto">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-surface p-2 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      {(!online || awaited > 0) && (
        <p role="status" className="bg-warn-soft px-4 py-1 text-center text-sm text-warn">
          {t('offline')}
        </p>
      )}
      <div className="flex min-h-0 flex-1 max-sm:flex-col-reverse print:block">
        <Rail slim={onCanvas || folded} canUnfold={!onCanvas} />
        <BottomBar />
        <main
          id="main"
          tabIndex={-1}
          className="min-h-0 min-w-0 flex-1 overflow-y-auto outline-none print:overflow-visible"
        >
          <LevelTitles value={levels.data?.titles ?? NO_TITLES}>
            <Suspense>{closed ? <NotPermitted title={t(closed.word)} /> : <Outlet />}</Suspense>
          </LevelTitles>
        </main>
      </div>
      <Toaster />
    </div>
  );
}
