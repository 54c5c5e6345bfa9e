import { lazy, Suspense, useCallback } from 'react';
import { useEditor } from '@/canvas/graph/store';
import { Panel } from '@/canvas/panel/Panel';
import { Loading } from '@/ui/spinner';

const NodeRunView = lazy(() => import('@/runs/NodeRunView'));

/** Settings and last run of what is selected; folded away while nothing is. Over the canvas where that is narrow. */
export function Side({ runId }: { runId: string | null }) {
  const node = useEditor((state) => (state.selection.nodes.length === 1 ? state.selection.nodes[0] : undefined));
  const any = useEditor((state) => state.selection.nodes.length + state.selection.edges.length > 0);
  const close = useCallback(() => useEditor.getState().select({}), []);
  if (!any) return null;
  return (
    <div className="w-90 shrink-0 border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-overlay max-sm:w-full max-sm:border-l-0">
      <Panel
        onClose={close}
        lastRun={
          runId && node ? (
            <Suspense fallback={<Loading />}>
              <NodeRunView runId={runId} node={node} />
            </Suspense>
          ) : undefined
        }
      />
    </div>
  );
}
