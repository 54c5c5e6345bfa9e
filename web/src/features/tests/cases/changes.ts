/** The test cases of an app, and what can be done to them, shown at once. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { casesQuery } from '@/api/queries';
import type { NewTestCase, TestCase } from '@/api/types';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { toast, undoable } from '@/ui/toast';

/** Deleted, but not yet for good. Beside the cache, so that a fresh answer does not bring them back. */
const useHidden = create<{ ids: readonly string[] }>(() => ({ ids: [] }));
const hide = (id: string) => useHidden.setState(({ ids }) => ({ ids: [...ids, id] }));
const show = (id: string) => useHidden.setState(({ ids }) => ({ ids: ids.filter((one) => one !== id) }));

export function useCases(appId: string) {
  const hidden = useHidden((state) => state.ids);
  const query = useQuery(casesQuery(appId));
  return { ...query, data: query.data?.filter((one) => !hidden.includes(one.id)) };
}

export type CasesRead = ReturnType<typeof useCases>;

export function useSaveCase(appId: string, id: string | null) {
  const client = useQueryClient();
  const path = `/apps/${appId}/cases`;
  return useMutation({
    mutationFn: (form: NewTestCase) =>
      id ? api.patch<TestCase>(`${path}/${id}`, form) : api.post<TestCase>(path, form),
    onSuccess: (saved) => {
      client.setQueryData(casesQuery(appId).queryKey, (list) =>
        list?.some((one) => one.id === saved.id)
          ? list.map((one) => (one.id === saved.id ? saved : one))
          : [...(list ?? []), saved],
      );
      void client.invalidateQueries({ queryKey: keys.cases(appId) });
    },
  });
}

/** Hides the case at once; it is deleted when the time for "undo" has passed. */
export function useDeleteCase(appId: string) {
  const client = useQueryClient();
  const c = useCommon();
  const text = useText();
  const carryOut = async (gone: TestCase) => {
    try {
      await api.delete(`/apps/${appId}/cases/${gone.id}`);
      client.setQueryData(casesQuery(appId).queryKey, (list) => list?.filter((one) => one.id !== gone.id));
    } catch (error) {
      toast(text(asApiError(error).text), { tone: 'bad' });
    }
    show(gone.id);
  };
  return (gone: TestCase) => {
    hide(gone.id);
    undoable(c('deleted', { name: gone.name }), c('undo'), {
      undo: () => show(gone.id),
      carryOut: () => void carryOut(gone),
    });
  };
}
