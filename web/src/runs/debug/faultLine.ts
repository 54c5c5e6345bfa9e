/** The line of a node's code that failed when it ran last: alone, or in the run that the canvas shows. */
import { useQuery } from '@tanstack/react-query';
import { nodeRunQuery } from '@/api/queries';
import { useNodeRun, useRun } from '../store';
import { usePlace } from './known';
import { useTried } from './tried';

export interface FaultLine {
  /** The run that says so. */
  run: string;
  line: number;
}

export function useFaultLine(node: string): FaultLine | null {
  const place = usePlace(node);
  const tried = useTried(({ runs }) => runs[place]);
  const alone = useQuery({ ...nodeRunQuery(tried ?? '', node), enabled: Boolean(tried), retry: false });
  const shown = useRun(({ runId }) => runId);
  const error = useNodeRun(node)?.error;
  const run = tried ?? shown;
  const line = tried ? alone.data?.error?.line : error?.line;
  return run && line ? { run, line } : null;
}
