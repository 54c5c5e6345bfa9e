/** Runs and their events. */
import type { Text } from '@/i18n';
import type { Label } from './account';
import type { Citation } from './knowledge';

export type RunStatus = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

export interface RunError {
  code: string;
  message: Text;
  detail?: unknown;
  pointer?: string | null;
  node?: string | null;
  retryable?: boolean;
}

export interface Run {
  id: string;
  app_id: string;
  app_name: string;
  version: number | 'draft' | string;
  status: RunStatus;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  citations: Citation[];
  error: RunError | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  usage: { input: number; output: number } | null;
  created_by: string;
  offline: boolean;
  graph_digest: string;
  models: { requested: string; model: string; offline: boolean }[];
}

export interface RunEvent {
  seq?: number;
  type: string;
  node: string | null;
  at: number;
  data: Record<string, unknown>;
}

export interface NodeRun {
  node: string;
  type: string;
  title: string;
  status: string;
  attempt: number;
  inputs: Record<string, unknown> | null;
  outputs: Record<string, unknown> | null;
  error: RunError | null;
  started_at: number | null;
  ended_at: number | null;
  ms: number | null;
  label: Label | null;
  usage: { input: number; output: number } | null;
  facts: Record<string, unknown> | null;
  branch: string | null;
}
