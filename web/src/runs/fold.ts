/** What a run's events mean, for canvas, trace and answer alike. Pure; the server's fold means the same. */
import type { RunError, RunEvent, RunStatus } from '@/api/types';

export type NodeStatus = 'idle' | 'running' | 'retrying' | 'succeeded' | 'failed' | 'skipped' | 'paused';

export interface NodeView {
  status: NodeStatus;
  attempt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** Text that it has streamed so far. */
  text: string;
  /** Whether that text is the run's answer. */
  answer: boolean;
  branch: string | null;
  usage: { input: number; output: number } | null;
  error: RunError | null;
}

export interface RunView {
  status: RunStatus;
  /** Number of the last stored event taken in. */
  seq: number;
  startedAt: number | null;
  endedAt: number | null;
  /** By node id, in the order in which they began. */
  nodes: Readonly<Record<string, NodeView>>;
  error: RunError | null;
}
