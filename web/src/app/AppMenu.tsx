/** The menu of an app, wherever the app is shown: its pages, and below a line what else can be done with it there. */
import { useNavigate } from '@tanstack/react-router';
import {
  AlarmClock,
  ClipboardCheck,
  Download,
  Ellipsis,
  ListTree,
  type LucideIcon,
  MessageSquareText,
  MessagesSquare,
  Waypoints,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { url } from '@/api/client';
import type { App } from '@/api/types';
import { useT } from '@/i18n';
import { useAppPlaces } from '@/lib/apps';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { words } from './words';

type Page = [LucideIcon, keyof typeof words.en, () => unknown];

interface Props {
  app: Pick<App, 'id' | 'mode'>;
  /** The name of the button. */
  label: string;
  size?: 'small';
  onChat?(): void;
  children?: ReactNode;
}

export function AppMenu({ app, label, size, onChat, children }: Props) {
  const t = useT(words);
  const navigate = useNavigate();
  const { use } = useAppPlaces(app);
  const params = { appId: app.id };
  const pages: Page[] = [
    ...(use ? [[MessageSquareText, 'use', () => navigate({ to: use, params })] satisfies Page] : []),
    [ListTree, 'runs', () => navigate({ to: '/runs', search: { app: app.id } })],
    [ClipboardCheck, 'tests', () => navigate({ to: '/apps/$appId/tests', params })],
    [AlarmClock, 'triggers', () => navigate({ to: '/apps/$appId/triggers', params })],
    [Waypoints, 'flow', () => navigate({ to: '/apps/$appId/data-flow', params })],
    [Download, 'export', () => location.assign(url(`/apps/${app.id}/template`))],
  ];
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={label} size={size} />}>
      {pages.map(([icon, word, go]) => (
        <MenuItem key={word} icon={icon} onSelect={() => void go()}>
          {t(word)}
        </MenuItem>
      ))}
      {(onChat || children) && <MenuLine />}
      {onChat && (
        <MenuItem icon={MessagesSquare} onSelect={onChat}>
          {t('chat')}
        </MenuItem>
      )}
      {children}
    </Menu>
  );
}
