import { Ellipsis, KeyRound, MonitorSmartphone, ShieldOff, Trash2, UserCheck, UserX } from 'lucide-react';
import type { User } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { useChangePerson } from './changes';
import { words } from './words';

export type PersonDialog = 'password' | 'sessions' | 'delete';

export function PersonMenu({ user, onDialog }: { user: User; onDialog(dialog: PersonDialog): void }) {
  const t = useT(words);
  const c = useCommon();
  const change = useChangePerson();
  return (
    <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${user.username}`} />}>
      <MenuItem icon={MonitorSmartphone} onSelect={() => onDialog('sessions')}>
        {t('sessions')}
      </MenuItem>
      <MenuItem icon={KeyRound} onSelect={() => onDialog('password')}>
        {t('resetPassword')}
      </MenuItem>
      {user.second_factor && (
        <MenuItem
          icon={ShieldOff}
          onSelect={() => change.mutate({ user, part: { second_factor: false }, said: t('secondFactorReset') })}
        >
          {t('resetSecondFactor')}
        </MenuItem>
      )}
      <MenuLine />
      <MenuItem
        icon={user.disabled ? UserCheck : UserX}
        danger={!user.disabled}
        onSelect={() => change.mutate({ user, part: { disabled: !user.disabled } })}
      >
        {user.disabled ? t('enable') : t('disable')}
      </MenuItem>
      <MenuItem icon={Trash2} danger onSelect={() => onDialog('delete')}>
        {t('deletePerson')}
      </MenuItem>
    </Menu>
  );
}
