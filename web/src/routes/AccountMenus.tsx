import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { CircleUser, Languages, LogOut, Moon, Sun } from 'lucide-react';
import { api, setCsrf } from '@/api/client';
import { asApiError } from '@/api/errors';
import { sessionQuery } from '@/api/session';
import { type Language, usePreferences, useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { useRoleName } from '@/lib/roles';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu';
import { toast } from '@/ui/toast';
import { words } from './navigation';

export function ThemeButton() {
  const t = useT(words);
  const { theme, setTheme } = usePreferences();
  return (
    <IconButton
      icon={theme === 'dark' ? Sun : Moon}
      label={t('theme')}
      side="right"
      onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
    />
  );
}

export function LanguageItems() {
  const { language, setLanguage } = usePreferences();
  const choose = (next: Language) => {
    setLanguage(next);
    // Kept with the account too, for the next device; this page does not depend on it.
    api.patch('/session', { language: next }).catch(() => {});
  };
  return (
    <>
      <MenuItem checked={language === 'zh'} onSelect={() => choose('zh')}>
        <span lang="zh-CN">中文</span>
      </MenuItem>
      <MenuItem checked={language === 'en'} onSelect={() => choose('en')}>
        <span lang="en">English</span>
      </MenuItem>
    </>
  );
}

export function LanguageMenu() {
  const t = useT(words);
  return (
    <Menu side="right" align="end" trigger={<IconButton icon={Languages} label={t('language')} side="right" />}>
      <LanguageItems />
    </Menu>
  );
}

export function useSignOut() {
  const client = useQueryClient();
  const router = useRouter();
  const text = useText();
  return useMutation({
    mutationFn: () => api.delete('/session'),
    onSuccess: async () => {
      setCsrf('');
      client.clear();
      client.setQueryData(sessionQuery.queryKey, null);
      await router.navigate({ to: '/sign-in' });
    },
    onError: (error) => toast(text(asApiError(error).text), { tone: 'bad' }),
  });
}

export function UserMenu({ slim }: { slim: boolean }) {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: session } = useQuery(sessionQuery);
  const navigate = useNavigate();
  const signOut = useSignOut();
  if (!session) return null;
  const { username, role, role_name } = session.user;
  return (
    <Menu
      side={slim ? 'right' : 'top'}
      align={slim ? 'end' : 'start'}
      trigger={
        <button
          type="button"
          className={cn(
            'flex h-9 items-center gap-2 rounded-md hover:bg-sunken',
            slim ? 'justify-center' : 'w-full px-1.5',
          )}
        >
          <span
            aria-hidden="true"
            className="grid size-6 shrink-0 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent uppercase"
          >
            {[...username][0]}
          </span>
          <span className={slim ? 'sr-only' : 'min-w-0 flex-1 truncate text-left'}>
            <span className="sr-only">{t('account')}</span>
            {username}
          </span>
        </button>
      }
    >
      <MenuLabel>
        {username} · {roleName(role, role_name)}
      </MenuLabel>
      <MenuLine />
      <MenuItem icon={CircleUser} onSelect={() => void navigate({ to: '/account' })}>
        {t('myAccount')}
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={() => signOut.mutate()}>
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}
