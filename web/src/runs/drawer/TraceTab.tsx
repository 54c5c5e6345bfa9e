import { useEditor } from '@/canvas/graph/store';
import type { RunView } from '../fold';
import { Trace } from '../trace/Trace';
import type { Names } from '../useNames';

interface Props {
  view: RunView;
  names: Names;
  onNodePicked(id: string): void;
}

/** The waterfall in the drawer: choosing a step chooses its node on the canvas, and the other way round. */
export default function TraceTab({ view, names, onNodePicked }: Props) {
  const selected = useEditor((state) => (state.selection.nodes.length === 1 ? state.selection.nodes[0] : undefined));
  const pick = (id: string) => {
    useEditor.getState().select({ nodes: [id] });
    onNodePicked(id);
  };
  return <Trace view={view} names={names} selected={selected ?? null} onSelect={pick} className="h-full" />;
}
