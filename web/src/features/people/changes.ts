/** Changes of people: never assumed to have worked, said when they have. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import type { User } from '@/api/types';
import { useT, useText } from '@/i18n';
import { toast } from '@/ui/toast';
import { words } from './words';

interface Change {
  user: User;
  part: { role?: string; disabled?: boolean; second_factor?: false };
  /** What is said when it is done. */
  said?: string;
}

export function useChangePerson() {
  const t = useT(words);
  const fail = useFailure();
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ user, part }: Change) => api.patch<User>(`/users/${user.id}`, part),
    onSuccess: (_, { said }) => toast(said ?? t('changed')),
    onError: fail,
    onSettled: () => client.invalidateQueries({ queryKey: keys.users }),
  });
}

/** Says why something did not work, where there is no form to say it in. */
export function useFailure() {
  const text = useText();
  return (error: unknown) => void toast(text(asApiError(error).text), { tone: 'bad', ms: 8000 });
}
