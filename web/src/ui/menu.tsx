/** Menus. What draws them is fetched when the first one is about to be opened: until then there is only its button. */
import { cloneElement, type ReactElement, Suspense, useState } from 'react';
import { lazily } from '@/lib/lazily';
import type { MenuProps } from './menu-parts';

const load = () => import('./menu-parts');
const Parts = lazily(() => load().then(({ Menu }) => ({ default: Menu })));

export const MenuItem = lazily(() => load().then((parts) => ({ default: parts.MenuItem })));
export const MenuLine = lazily(() => load().then((parts) => ({ default: parts.MenuLine })));
export const MenuLabel = lazily(() => load().then((parts) => ({ default: parts.MenuLabel })));

interface Trigger {
  onClick?(): void;
  onPointerEnter?(): void;
  onFocus?(): void;
  'aria-haspopup'?: 'menu';
  'aria-expanded'?: boolean;
}

export function Menu(props: Omit<MenuProps, 'defaultOpen'>) {
  const [wanted, setWanted] = useState(false);
  const ahead = () => void load().catch(() => {}); // what fails now is fetched again when it is needed
  const button = cloneElement(props.trigger as ReactElement<Trigger>, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setWanted(true),
    onPointerEnter: ahead,
    onFocus: ahead,
  });
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <Parts {...props} defaultOpen />
    </Suspense>
  );
}
