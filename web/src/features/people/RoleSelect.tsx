import type { Role } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Select } from '@/ui/select';
import { words } from './words';

export const ROLES = ['owner', 'admin', 'editor', 'analyst', 'auditor'] as const satisfies Role[];

interface Props {
  value: Role;
  onChange(role: Role): void;
  label?: string;
  id?: string;
  disabled?: boolean;
  className?: string;
}

export function RoleSelect({ onChange, ...rest }: Props) {
  const t = useT(words);
  const c = useCommon();
  return (
    <Select
      {...rest}
      onChange={(role) => onChange(role as Role)}
      options={ROLES.map((role) => ({ value: role, label: c(`role_${role}`), hint: t(`role_${role}_help`) }))}
    />
  );
}
