import { type KeyboardEvent, lazy, type Ref, Suspense } from 'react';
import { useEditor } from '@/canvas/graph/store';
import { Panel } from '@/canvas/panel/Panel';
import { Loading } from '@/ui/spinner';

const NodeRunView = lazy(() => import('@/runs/NodeRunView'));

interface Props {
  ref: Ref<HTMLDivElement>;
  runId: string | null;
  onClose(): void;
  /** Back to where the panel was opened from. */
  onLeave(): void;
}

/** Settings and last run of what is selected; folded away while nothing is. Over the canvas where that is narrow. */
export function Side({ ref, runId, onClose, onLeave }: Props) {
  const node = useEditor((state) => (state.selection.nodes.length === 1 ? state.selection.nodes[0] : undefined));
  const any = useEditor((state) => state.selection.nodes.length + state.selection.edges.length > 0);
  const onKeyDown = (event: KeyboardEvent) => {
    // A list or a menu that closes by it has said so.
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    onLeave();
  };
  if (!any) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key on the way up from the fields inside
    <div
      ref={ref}
      onKeyDown={onKeyDown}
      className="w-90 shrink-0 border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-overlay max-sm:w-full max-sm:border-l-0"
    >
      <Panel
        onClose={onClose}
        onOpenInside={useEditor.getState().enter}
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
