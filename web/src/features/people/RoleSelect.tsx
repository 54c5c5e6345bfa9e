import { useT } from '@/i18n';
import { Select } from '@/ui/select';
import { useRoles } from './roles/useRoles';
import { words } from './words';

interface Props {
  value: string;
  onChange(role: string): void;
  /** What the choice of no role is called; without it one has to be chosen. */
  none?: string;
  label?: string;
  id?: string;
  disabled?: boolean;
  className?: string;
  'aria-describedby'?: string;
}

export function RoleSelect({ none, value, ...rest }: Props) {
  const t = useT(words);
  const { roles, nameOf, aboutOf, mayGive } = useRoles();
  const options = roles.map((role) => ({
    value: role.id,
    label: nameOf(role.id),
    hint: mayGive(role) ? aboutOf(role.id) : t('roleTooMuch'),
    disabled: !mayGive(role) && role.id !== value,
  }));
  // What is chosen is shown before the list has come.
  if (value && !roles.some((role) => role.id === value)) {
    options.unshift({ value, label: nameOf(value), hint: aboutOf(value), disabled: false });
  }
  return <Select {...rest} value={value} options={none ? [{ value: '', label: none }, ...options] : options} />;
}
