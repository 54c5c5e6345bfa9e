/** A past run on its own canvas: the graph as it was, lit up as far as the slider says. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { nodeTypesQuery, runGraphQuery } from '@/api/queries';
import type { Checked, Graph, List, NodeTypes, RunEvent } from '@/api/types';
import { toDoc } from '@/canvas/graph/document';
import { useEditor } from '@/canvas/graph/store';
import { Canvas } from '@/canvas/view/Canvas';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { NodeAside } from './NodeAside';
import { Controls } from './replay/Controls';
import { useReplay } from './replay/useReplay';
import { useRun } from './store';
import { useNames } from './useNames';

interface Props {
  runId: string;
  /** The node whose values are shown beside the canvas. */
  node: string | null;
  onNode(node: string | null): void;
}

const NO_CHECK: Checked = { problems: [], ports: {} };
const FOREVER = { staleTime: Number.POSITIVE_INFINITY };

const eventsQuery = (runId: string) => ({
  queryKey: [...keys.run(runId), 'events'] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    api.get<List<RunEvent>>(`/runs/${runId}/events`, { signal }).then((list) => list.items),
  ...FOREVER,
});

export default function RunReplay({ runId, node, onNode }: Props) {
  const graph = useQuery(runGraphQuery(runId));
  const types = useQuery(nodeTypesQuery);
  const events = useQuery(eventsQuery(runId));
  const checked = useQuery({
    queryKey: [...keys.run(runId), 'checked'] as const,
    queryFn: () => api.post<Checked>('/graph/check', { graph: graph.data }),
    enabled: graph.data !== undefined,
    ...FOREVER,
  });
  const failed = [graph, types, events].find((query) => query.isError);
  if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!graph.data || !types.data || !events.data || checked.isPending) return <Loading className="h-120" />;
  // The nodes of an old run may be of types that are gone: then they are drawn by what their lines say.
  const ports = { ...NO_CHECK, ports: checked.data?.ports ?? {} };
  return (
    <Stage {...{ runId, node, onNode }} graph={graph.data} types={types.data} events={events.data} checked={ports} />
  );
}

interface StageProps extends Props {
  graph: Graph;
  types: NodeTypes;
  events: RunEvent[];
  checked: Checked;
}

function Stage({ runId, node, onNode, graph, types, events, checked }: StageProps) {
  const names = useNames(runId);
  const replay = useReplay(events);
  const doc = useMemo(() => toDoc(graph), [graph]);
  const ready = useEditor((state) => state.doc === doc);
  useEffect(() => {
    useEditor.getState().open('', doc, checked, types, false);
  }, [doc, checked, types]);
  useEffect(() => {
    useRun.setState({ runId, view: replay.view });
  }, [runId, replay.view]);
  useEffect(() => () => useRun.setState({ runId: null, view: null }), []);
  const picked = useEditor((state) => (state.selection.nodes.length === 1 ? (state.selection.nodes[0] ?? null) : null));
  useEffect(() => {
    if (ready && picked) onNode(picked);
  }, [ready, picked, onNode]);
  // Chosen and shown are one: a node that stays chosen would open again.
  const close = () => {
    useEditor.getState().select({});
    onNode(null);
  };
  // The canvas hears of each step by itself; drawing it anew from here would draw every card.
  const canvas = useMemo(() => <Canvas readOnly />, []);
  return (
    <div className="overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex h-120 max-lg:h-auto max-lg:flex-col">
        <div className="flex min-w-0 flex-1 max-lg:h-96 max-lg:flex-none">{ready && canvas}</div>
        {node && (
          <NodeAside
            runId={runId}
            node={node}
            title={names.title(node)}
            onClose={close}
            className="w-90 shrink-0 border-l max-lg:max-h-120 max-lg:w-auto max-lg:border-t max-lg:border-l-0"
          />
        )}
      </div>
      <Controls replay={replay} names={names} />
    </div>
  );
}
