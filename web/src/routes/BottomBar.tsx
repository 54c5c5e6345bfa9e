import { Link, useNavigate } from '@tanstack/react-router';
import { CircleUser, Ellipsis, LogOut, Moon, Sun } from 'lucide-react';
import { usePreferences, useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { LanguageItems, useSignOut } from './AccountMenus';
import { BAR, BEHIND_MORE, mayOpen, words } from './navigation';

const ITEM =
  'flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs text-ink-2 -outline-offset-2 data-[status=active]:font-semibold data-[status=active]:text-accent';

/** The rail of a phone: four places and the rest behind "more". */
export function BottomBar() {
  const t = useT(words);
  const can = useCan();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const { theme, setTheme } = usePreferences();
  return (
    <nav
      aria-label={t('main')}
      className="flex shrink-0 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden print:hidden"
    >
      {BAR.filter((place) => mayOpen(place, can)).map(({ to, word, icon: Icon }) => (
        <Link key={to} to={to} activeOptions={{ exact: to === '/' }} className={ITEM}>
          <Icon size={20} aria-hidden="true" />
          {t(word)}
        </Link>
      ))}
      <Menu
        side="top"
        trigger={
          <button type="button" className={ITEM}>
            <Ellipsis size={20} aria-hidden="true" />
            {t('more')}
          </button>
        }
      >
        {BEHIND_MORE.filter((place) => mayOpen(place, can)).map(({ to, word, icon }) => (
          <MenuItem key={to} icon={icon} onSelect={() => void navigate({ to })}>
            {t(word)}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem icon={theme === 'dark' ? Sun : Moon} onSelect={() => setTheme(theme === 'dark' ? 'light' : 'dark')}>
          {theme === 'dark' ? t('light') : t('dark')}
        </MenuItem>
        <LanguageItems />
        <MenuLine />
        <MenuItem icon={CircleUser} onSelect={() => void navigate({ to: '/account' })}>
          {t('myAccount')}
        </MenuItem>
        <MenuItem icon={LogOut} onSelect={() => signOut.mutate()}>
          {t('signOut')}
        </MenuItem>
      </Menu>
    </nav>
  );
}
