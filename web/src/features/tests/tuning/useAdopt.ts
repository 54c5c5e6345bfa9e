/** A variant becomes the node: written into the draft, so that it can be taken back here and on the canvas. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '@/api/client';
import { ApiError, asApiError } from '@/api/errors';
import { keys } from '@/api/keys';
import { draftQuery } from '@/api/queries';
import type { Draft, Graph } from '@/api/types';
import { savedElsewhere } from '@/canvas/graph/elsewhere';
import { type Config, withConfig } from './nodes';

export interface Adopted {
  /** What the variant is called. */
  name: string;
  revision: number;
  before: Graph;
}

/** Somebody may be saving the draft at this moment; the change is of one node and can be made again on theirs. */
const TRIES = 4;

const gone = () =>
  new ApiError(404, {
    code: 'node_not_found',
    message: {
      en: 'The draft has no such node any more. Somebody has removed or renamed it.',
      zh: '草稿里已没有该节点，可能已被删除或改名。',
    },
  });

export function useAdopt(appId: string) {
  const client = useQueryClient();
  const saved = (draft: Draft) => {
    client.setQueryData(draftQuery(appId).queryKey, draft);
    void client.invalidateQueries({ queryKey: keys.apps, exact: true });
    void client.invalidateQueries({ queryKey: keys.inputs(appId, 'draft') });
  };
  const put = (graph: Graph, revision: number) =>
    api.put<Draft>(`/apps/${appId}/draft`, { graph, base_revision: revision });

  const adopt = useMutation({
    mutationFn: async ({ path, name, change }: { path: string; name: string; change: Config }): Promise<Adopted> => {
      for (let tries = 1; ; tries++) {
        const draft = await client.fetchQuery({ ...draftQuery(appId), staleTime: 0 });
        const graph = withConfig(draft.graph, path, change);
        if (!graph) throw gone();
        try {
          const after = await put(graph, draft.revision);
          savedElsewhere({ appId, revision: after.revision, before: draft.graph });
          saved(after);
          return { name, revision: after.revision, before: draft.graph };
        } catch (error) {
          if (asApiError(error).code !== 'draft_changed' || tries === TRIES) throw error;
        }
      }
    },
  });
  const takeBack = useMutation({
    mutationFn: ({ before, revision }: Adopted) => put(before, revision),
    onSuccess: (draft) => {
      saved(draft);
      adopt.reset();
    },
  });
  return { adopt, takeBack };
}
