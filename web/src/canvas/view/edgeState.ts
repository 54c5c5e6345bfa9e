/** What a run did with an edge, from the states of its two nodes. Pure; the engine's rule of delivery is the same. */
import type { GraphNode } from '@/api/types';
import type { RunView } from '@/runs/fold';
import type { DocEdge } from '../graph/document';

export type EdgeState = 'none' | 'delivered' | 'active' | 'skipped';

export function edgeState(view: RunView | null, edge: DocEdge, onError: GraphNode['on_error'] = 'stop'): EdgeState {
  const source = view?.nodes[edge.source];
  const target = view?.nodes[edge.target];
  if (!view || !source) return 'none';
  if (source.status === 'skipped') return 'skipped';
  const handle = edge.source_handle ?? null;
  if (source.status === 'succeeded') {
    if (handle !== null && handle !== source.branch) return 'skipped';
  } else if (source.status === 'failed') {
    if (onError === 'branch' ? handle !== 'error' : onError !== 'default' || handle !== null) return 'skipped';
  } else {
    return 'none';
  }
  return target?.status === 'running' || target?.status === 'retrying' ? 'active' : 'delivered';
}
