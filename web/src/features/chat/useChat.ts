/** What is done to conversations: sending, answering again, stopping, renaming, deleting. */
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { Conversation, List, Run, Turn, Vote } from '@/api/types';
import { randomId } from '@/lib/browser';

type Turns = InfiniteData<List<Turn>, string | null>;

interface Said {
  text: string;
  /** What the app asks for besides. */
  inputs: Record<string, unknown>;
  /** In the place of the last question. */
  again?: boolean;
}

/** Sends into a conversation, which is begun with its first message. */
export function useSend(
  appId: string,
  version: 'published' | 'draft',
  id: string | null,
  onBegun: (id: string) => void,
) {
  const client = useQueryClient();
  const begin = async () => {
    const begun = await api.post<Conversation>(`/apps/${appId}/conversations`, { version });
    client.setQueryData(keys.conversation(begun.id), begun);
    return begun;
  };
  return useMutation({
    mutationFn: async ({ text, inputs, again }: Said) => {
      const into = id ?? (await begin()).id;
      const headers = { 'Idempotency-Key': randomId() };
      const path = `/conversations/${into}/${again ? 'regenerate' : 'turns'}`;
      const turn = await api.post<Turn>(path, { text, inputs }, { headers });
      return { into, turn };
    },
    onSuccess: async ({ into, turn }, { again }) => {
      await client.cancelQueries({ queryKey: keys.turns(into) }); // an older list must not come after it
      client.setQueryData<Turns>(keys.turns(into), (known) => withTurn(known, turn, again ?? false));
      void client.invalidateQueries({ queryKey: keys.conversations(appId) });
      if (into !== id) onBegun(into);
    },
  });
}

/** The first page holds the newest turns, oldest first. */
export function withTurn(known: Turns | undefined, turn: Turn, inPlace: boolean): Turns {
  const [first, ...rest] = known?.pages ?? [];
  const before = first?.items ?? [];
  const items = [...(inPlace ? before.slice(0, -1) : before), turn];
  return { pages: [{ items, next: first?.next ?? null }, ...rest], pageParams: known?.pageParams ?? [null] };
}

export const useStop = () => useMutation({ mutationFn: (runId: string) => api.post<Run>(`/runs/${runId}/cancel`) });

export function useFeedback(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ runId, ...given }: { runId: string; vote: Vote | null; comment?: string }) =>
      api.put<Turn>(`/conversations/${conversationId}/turns/${runId}/feedback`, given),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.turns(conversationId) }),
  });
}

export function useRename(appId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) =>
      api.patch<Conversation>(`/conversations/${id}`, { title }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.conversations(appId) }),
  });
}
