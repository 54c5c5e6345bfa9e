/** A line between two ports. What the run did with it is its own subscription. */
import { type EdgeProps, getBezierPath, Position } from '@xyflow/react';
import { type CSSProperties, memo } from 'react';
import { useRun } from '@/runs/store';
import { useEditor } from '../graph/store';
import { EdgeButton } from './EdgeButton';
import { edgeState } from './edgeState';
import type { MappedEdge as FlowEdge } from './flow';
import { useHovered } from './hover';
import { edgeProblems, nodesById } from './lookup';
import { hueOfType } from './portType';
import { useView } from './view';

export const MappedEdge = memo(function MappedEdge(props: EdgeProps<FlowEdge>) {
  const { id, source, sourceX, sourceY, targetX, targetY, selected, data } = props;
  const state = useRun(({ view }) => {
    if (!view || !data) return 'none';
    return edgeState(view, data.edge, nodesById(useEditor.getState().doc.nodes).get(source)?.on_error);
  });
  const broken = useEditor(({ problems, edgeIds }) => edgeProblems(problems, edgeIds, id).length > 0);
  const hovered = useHovered((one) => one.edge === id);
  const alone = useEditor(({ selection }) => selection.edges.length === 1 && !selection.nodes.length);
  const open = useView((view) => view.mapping === id);
  const ends = { sourceX, sourceY, targetX, targetY, sourcePosition: Position.Right, targetPosition: Position.Left };
  const [path, x, y] = getBezierPath(ends);
  const lines = [{ from: 0, to: 0 }, ...(data?.more ?? [])].map(({ from, to }) => ({
    key: `${from} ${to}`,
    path: getBezierPath({ ...ends, sourceY: sourceY + from, targetY: targetY + to })[0],
  }));
  return (
    <>
      {lines.map((line) => (
        <path
          key={line.key}
          d={line.path}
          className="wire"
          data-state={state}
          data-problem={broken || undefined}
          style={{ '--hover': hueOfType(data?.type ?? null) } as CSSProperties}
        />
      ))}
      <path d={path} fill="none" stroke="transparent" strokeWidth={20} className="react-flow__edge-interaction" />
      {(hovered || open || broken || (selected && alone)) && <EdgeButton id={id} x={x} y={y} broken={broken} />}
    </>
  );
});
