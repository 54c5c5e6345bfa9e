import { Copy, Ellipsis, Pencil, Trash2 } from 'lucide-react';
import type { Role } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { words } from '../words';
import type { PermissionGroup } from './group';
import type { OpenRole } from './RolesTab';
import { useRoles } from './useRoles';

/** What the table of wide screens and the cards of narrow ones show alike. */
export interface RolesShown {
  roles: Role[];
  groups: PermissionGroup[];
  mayWrite: boolean;
  onOpen(open: OpenRole): void;
  onDelete(role: Role): void;
}

type Props = { role: Role } & Pick<RolesShown, 'onOpen' | 'onDelete'>;

export function RoleMenu({ role, onOpen, onDelete }: Props) {
  const t = useT(words);
  const c = useCommon();
  const { nameOf } = useRoles();
  return (
    <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${nameOf(role.id)}`} />}>
      <MenuItem icon={Copy} onSelect={() => onOpen({ from: role })}>
        {t('copyRole')}
      </MenuItem>
      {!role.builtin && (
        <>
          <MenuItem icon={Pencil} onSelect={() => onOpen({ change: role })}>
            {t('changeRole')}
          </MenuItem>
          <MenuItem icon={Trash2} danger disabled={role.members > 0} onSelect={() => onDelete(role)}>
            {role.members > 0 ? t('roleInUse') : c('delete')}
          </MenuItem>
        </>
      )}
    </Menu>
  );
}
