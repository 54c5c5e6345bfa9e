import { terms, useTerms } from '@/i18n/terms';

type Word = keyof typeof terms.en;

const known = (key: string): key is Word => key in terms.en;

/** The word for a role: built-in ones in the language of the page, others by the name that the workspace gave them.
 * `role` may be a built-in role's English name too, where the server has no more to say. */
export function useRoleName(): (role: string, name?: string | null) => string {
  const t = useTerms();
  return (role, name) => {
    const key = `role_${role}`;
    if (known(key)) return t(key);
    const english = Object.keys(terms.en).find(
      (word) => word.startsWith('role_') && known(word) && terms.en[word] === role,
    );
    return english && known(english) ? t(english) : (name ?? role);
  };
}
