/** Permissions by what they are about, in the order that the server gives. Pure. */
import type { Permission } from '@/api/types';
import type { Translate } from '@/i18n';
import { words } from '../words';

export interface PermissionGroup {
  id: string;
  permissions: Permission[];
}

export function grouped(permissions: readonly Permission[]): PermissionGroup[] {
  const groups = new Map<string, Permission[]>();
  for (const one of permissions) groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  return [...groups].map(([id, list]) => ({ id, permissions: list }));
}

/** A group that this page has no word for is shown as the server calls it. */
export function groupName(id: string, t: Translate<keyof typeof words.en>): string {
  const key = `group_${id}`;
  return key in words.en ? t(key as keyof typeof words.en) : id;
}
