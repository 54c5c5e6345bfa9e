import { useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { secretsQuery } from '@/api/secrets';
import type { Secret } from '@/api/types';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { toast, undoable } from '@/ui/toast';

/** Takes a secret that no app uses out of the list at once, and away when the time to undo is over. */
export function useDeleteSecret() {
  const c = useCommon();
  const text = useText();
  const client = useQueryClient();
  const refresh = () => void client.invalidateQueries({ queryKey: keys.secrets });
  return (secret: Secret) => {
    client.setQueryData(secretsQuery.queryKey, (list) => list?.filter((one) => one.id !== secret.id));
    undoable(c('deleted', { name: secret.name }), c('undo'), {
      undo: refresh,
      carryOut: () => {
        api
          .delete(`/secrets/${secret.id}`)
          .catch((error) => toast(text(asApiError(error).text), { tone: 'bad', ms: 8000 }))
          .finally(refresh);
      },
    });
  };
}
