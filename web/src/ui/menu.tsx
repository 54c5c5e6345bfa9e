/** Menus. What draws them is fetched when the first one is about to be opened: until then there is only its button. */
import { cloneElement, lazy, type ReactElement, Suspense, useState } from 'react';
import type { MenuProps } from './menu-parts';

const load = () => import('./menu-parts');
const Parts = lazy(() => load().then(({ Menu }) => ({ default: Menu })));

export const MenuItem = lazy(() => load().then((parts) => ({ default: parts.MenuItem })));
export const MenuLine = lazy(() => load().then((parts) => ({ default: parts.MenuLine })));
export const MenuLabel = lazy(() => load().then((parts) => ({ default: parts.MenuLabel })));

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
