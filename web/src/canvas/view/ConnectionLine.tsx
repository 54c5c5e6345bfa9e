import { type ConnectionLineComponentProps, getBezierPath } from '@xyflow/react';

/** The line while it is being drawn: solid where it may end, dashed elsewhere. */
export function ConnectionLine(props: ConnectionLineComponentProps) {
  const { fromX, fromY, toX, toY, fromPosition, toPosition, connectionStatus } = props;
  const [path] = getBezierPath({
    sourceX: fromX,
    sourceY: fromY,
    sourcePosition: fromPosition,
    targetX: toX,
    targetY: toY,
    targetPosition: toPosition,
  });
  const refused = connectionStatus === 'invalid';
  return (
    <path
      d={path}
      fill="none"
      stroke={refused ? 'var(--bad)' : 'var(--accent)'}
      strokeWidth={2}
      strokeDasharray={connectionStatus === 'valid' ? undefined : '5 5'}
    />
  );
}
