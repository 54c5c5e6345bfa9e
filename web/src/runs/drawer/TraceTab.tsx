import { useState } from 'react';
import { useEditor } from '@/canvas/graph/store';
import type { RunView } from '../fold';
import { outside } from '../paths';
import { Trace } from '../trace/Trace';
import type { Names } from '../useNames';

interface Props {
  view: RunView;
  names: Names;
  onNodePicked(path: string): void;
}

/** The waterfall in the drawer: choosing a step chooses its node on the canvas, and the other way round. */
export default function TraceTab({ view, names, onNodePicked }: Props) {
  const place = useEditor(({ selection, focus }) =>
    selection.nodes.length === 1 ? [...focus, selection.nodes[0]].join('/') : null,
  );
  // Of the many passes of a container, the one that was chosen here.
  const [chosen, setChosen] = useState<string | null>(null);
  const selected = chosen !== null && outside(chosen) === place ? chosen : place;
  const pick = (path: string) => {
    setChosen(path);
    onNodePicked(path);
  };
  return <Trace view={view} names={names} selected={selected} onSelect={pick} className="h-full" />;
}
