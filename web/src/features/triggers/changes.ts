/** What can be done to triggers, shown at once where it can be taken back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client';
import { asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { triggersQuery } from '@/api/queries';
import type { NewTrigger, Run, Trigger, TriggerWithSecret } from '@/api/types';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { toast, undoable } from '@/ui/toast';
import { words } from './words';

/** Takes the server's word for a trigger into the list. */
function usePut(appId: string) {
  const client = useQueryClient();
  const { queryKey } = triggersQuery(appId);
  return (id: string, change: Partial<Trigger>) =>
    client.setQueryData(queryKey, (list) => list?.map((one) => (one.id === id ? { ...one, ...change } : one)));
}

export type Saved = Omit<NewTrigger, 'kind' | 'enabled'>;

/** Makes a trigger, or changes one. */
export function useSaveTrigger(appId: string, trigger: Trigger | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, ...saved }: Saved & Pick<NewTrigger, 'kind'>) =>
      trigger
        ? api.patch<TriggerWithSecret>(`/triggers/${trigger.id}`, saved)
        : api.post<TriggerWithSecret>(`/apps/${appId}/triggers`, { kind, ...saved }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.triggers(appId) }),
  });
}

export function useTurn(appId: string) {
  const client = useQueryClient();
  const put = usePut(appId);
  const text = useText();
  return useMutation({
    mutationFn: ({ trigger, enabled }: { trigger: Trigger; enabled: boolean }) =>
      api.patch<Trigger>(`/triggers/${trigger.id}`, { enabled }),
    onMutate: async ({ trigger, enabled }) => {
      await client.cancelQueries({ queryKey: keys.triggers(appId) });
      put(trigger.id, { enabled });
    },
    onSuccess: (answer) => put(answer.id, answer),
    onError: (error, { trigger }) => {
      put(trigger.id, { enabled: trigger.enabled });
      toast(text(asApiError(error).text), { tone: 'bad' });
    },
  });
}

/** Hides a trigger at once; it is deleted when the time for "undo" has passed. */
export function useRemove(appId: string) {
  const client = useQueryClient();
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  // Kept beside the list, which is asked for again meanwhile.
  const [gone, setGone] = useState<readonly string[]>([]);
  const restore = (id: string) => setGone((before) => before.filter((one) => one !== id));
  const remove = ({ id, kind, name }: Trigger) => {
    setGone((before) => [...before, id]);
    undoable(kind === 'webhook' ? t('deletedHook', { name }) : c('deleted', { name }), c('undo'), {
      undo: () => restore(id),
      carryOut: () => {
        api
          .delete(`/triggers/${id}`)
          .catch((error) => {
            restore(id);
            toast(text(asApiError(error).text), { tone: 'bad' });
          })
          .finally(() => void client.invalidateQueries({ queryKey: keys.triggers(appId) }));
      },
    });
  };
  return { gone, remove };
}

/** Fires a trigger now. Why it started nothing then stands at the trigger, as it does when nobody looks. */
export function useFire(appId: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const t = useT(words);
  return useMutation({
    mutationFn: ({ trigger, body }: { trigger: Trigger; body?: unknown }) =>
      api.post<Run>(`/triggers/${trigger.id}/fire`, body === undefined ? {} : { body }),
    onSuccess: (run) => {
      const open = () => void navigate({ to: '/runs/$runId', params: { runId: run.id } });
      toast(t('started'), { action: { label: t('openRun'), run: open } });
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.triggers(appId) });
      void client.invalidateQueries({ queryKey: keys.runs });
    },
  });
}

/** A new secret; the one before it counts for some hours more. */
export function useRotate(appId: string) {
  const put = usePut(appId);
  return useMutation({
    mutationFn: ({ trigger, hours }: { trigger: Trigger; hours: number }) =>
      api.post<TriggerWithSecret>(`/triggers/${trigger.id}/rotate`, { keep_hours: hours }),
    onSuccess: ({ secret: _, ...trigger }) => put(trigger.id, trigger),
  });
}

/** From now on only the newest secret counts. */
export function useDropOldSecret(appId: string) {
  const put = usePut(appId);
  return useMutation({
    mutationFn: async (trigger: Trigger) => {
      await api.delete(`/triggers/${trigger.id}/old-secret`);
      return trigger.id;
    },
    onSuccess: (id) => put(id, { old_secret_until: null }),
  });
}
