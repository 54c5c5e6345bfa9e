/** Buttons of the directories that people may sign in by; nothing where there are none. */
import { LogIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import { api, url } from '@/api/client';
import type { SignInWays } from '@/api/types';
import { useT } from '@/i18n';
import { buttonClass } from '@/ui/button';
import { words } from './words';

/** `to`: the path to come back to. */
export default function OtherWays({ to }: { to: string }) {
  const t = useT(words);
  const [ways, setWays] = useState<SignInWays['sso']>([]);
  useEffect(() => {
    const left = new AbortController();
    // Whoever can't be told of other ways still has the password.
    api.get<SignInWays>('/sign-in', { signal: left.signal }).then(
      ({ sso }) => setWays(sso),
      () => {},
    );
    return () => left.abort();
  }, []);
  if (!ways.length) return null;
  return (
    <div className="enter-fade flex flex-col gap-2">
      <div className="my-1 flex items-center gap-3 text-sm text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {t('or')}
      </div>
      {ways.map(({ id, name }) => (
        <a key={id} href={url(`/sso/${id}/start`, { next: to })} className={buttonClass('default', 'large')}>
          <LogIn size={16} aria-hidden="true" className="shrink-0 text-ink-3" />
          <span className="truncate">{t('signInBy', { name })}</span>
        </a>
      ))}
    </div>
  );
}
