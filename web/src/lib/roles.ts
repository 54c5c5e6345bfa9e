import { common, useCommon } from '@/i18n/common';

/** The word for a role: built-in ones in the language of the page, others by the name that the workspace gave them. */
export function useRoleName(): (role: string, name?: string | null) => string {
  const t = useCommon();
  return (role, name) => {
    const key = `role_${role}`;
    return key in common.en ? t(key as keyof typeof common.en) : (name ?? role);
  };
}
