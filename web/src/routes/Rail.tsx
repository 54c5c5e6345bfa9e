import { Link } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { usePreferences, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { IconButton } from '@/ui/icon-button';
import { Logo } from '@/ui/logo';
import { Tooltip } from '@/ui/tooltip';
import { LanguageMenu, ThemeButton, UserMenu } from './AccountMenus';
import { GROUPS, HOME, mayOpen, type Place, words } from './navigation';

function RailLink({ place, slim }: { place: Place; slim: boolean }) {
  const t = useT(words);
  const { icon: Icon } = place;
  const link = (
    <Link
      to={place.to}
      activeOptions={{ exact: place.to === '/' }}
      aria-label={slim ? t(place.word) : undefined}
      className={cn(
        'flex h-8 items-center gap-2.5 rounded-md text-ink-2 transition-colors duration-120 hover:bg-sunken hover:text-ink',
        'data-[status=active]:bg-accent-soft data-[status=active]:font-semibold data-[status=active]:text-accent',
        slim ? 'w-8 justify-center' : 'px-2',
      )}
    >
      <Icon size={16} aria-hidden="true" className="shrink-0" />
      {!slim && <span className="truncate">{t(place.word)}</span>}
    </Link>
  );
  return slim ? (
    <Tooltip text={t(place.word)} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}

/** The left rail. `slim` shows icons only: chosen by the person, or because the canvas needs the room. */
export function Rail({ slim, canUnfold }: { slim: boolean; canUnfold: boolean }) {
  const t = useT(words);
  const can = useCan();
  const setFolded = usePreferences((state) => state.setFolded);
  return (
    <nav
      aria-label={t('main')}
      className={cn(
        'flex shrink-0 flex-col gap-3 overflow-y-auto border-r border-line bg-surface py-3 max-sm:hidden print:hidden',
        slim ? 'w-13 items-center px-2' : 'w-52 px-3',
      )}
    >
      <Link to="/" aria-label={`Atoll: ${t('home')}`} className="flex h-8 items-center gap-2.5 rounded-md px-0.5">
        <Logo size={28} />
        {!slim && <span className="text-md font-semibold">Atoll</span>}
      </Link>
      <RailLink place={HOME} slim={slim} />
      {GROUPS.map((group) => {
        const places = group.places.filter((place) => mayOpen(place, can));
        if (!places.length) return null;
        return (
          <div key={group.word} className={cn('flex flex-col gap-0.5', slim && 'border-t border-line pt-3')}>
            {!slim && <h2 className="px-2 pb-1 text-xs font-semibold text-ink-3">{t(group.word)}</h2>}
            {places.map((place) => (
              <RailLink key={place.to} place={place} slim={slim} />
            ))}
          </div>
        );
      })}
      <div className={cn('mt-auto flex gap-1', slim ? 'flex-col items-center' : 'flex-wrap items-center')}>
        <UserMenu slim={slim} />
        <ThemeButton />
        <LanguageMenu />
        {canUnfold && (
          <IconButton
            icon={slim ? PanelLeftOpen : PanelLeftClose}
            label={slim ? t('unfold') : t('fold')}
            side="right"
            onClick={() => setFolded(!slim)}
          />
        )}
      </div>
    </nav>
  );
}
