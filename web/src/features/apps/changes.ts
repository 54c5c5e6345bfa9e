/** What can be done to apps from the list, shown at once. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { appsQuery } from '@/api/queries';
import type { App } from '@/api/types';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { toast, undoable } from '@/ui/toast';

export interface AppWords {
  name: string;
  description: string;
}

export function useSaveApp(app: App | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (words: AppWords) => (app ? api.patch<App>(`/apps/${app.id}`, words) : api.post<App>('/apps', words)),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.apps }),
  });
}

/** Hides the app at once; it is deleted when the time for "undo" has passed. */
export function useDeleteApp() {
  const client = useQueryClient();
  const c = useCommon();
  const text = useText();
  return (app: App) => {
    const before = client.getQueryData(appsQuery.queryKey);
    client.setQueryData(appsQuery.queryKey, (list) => list?.filter((one) => one.id !== app.id));
    const restore = () => client.setQueryData(appsQuery.queryKey, before);
    undoable(c('deleted', { name: app.name }), c('undo'), {
      undo: restore,
      carryOut: () => {
        api
          .delete(`/apps/${app.id}`)
          .catch((error) => {
            restore();
            toast(text(asApiError(error).text), { tone: 'bad' });
          })
          .finally(() => void client.invalidateQueries({ queryKey: keys.apps }));
      },
    });
  };
}
