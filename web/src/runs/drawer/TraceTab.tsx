import type { RunView } from '../fold';
import type { Names } from '../useNames';

export default function TraceTab(_props: {
  runId: string | null;
  view: RunView;
  names: Names;
  onNodePicked(id: string): void;
}) {
  return null;
}
