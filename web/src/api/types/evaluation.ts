/** Test cases of an app, and evaluations: cases × variants, each cell a run. */
import type { Text } from '@/i18n';
import type { Run } from './runs';

export type CheckKind = 'contains' | 'equals' | 'schema' | 'judge';

/** `output`: one of the run's outputs, empty for the only one. `not`: where the opposite is expected. */
export type Expectation =
  | { output?: string; contains: string | string[]; not?: boolean }
  | { output?: string; equals: unknown; not?: boolean }
  | { output?: string; schema: Record<string, unknown> | boolean; not?: boolean }
  | { output?: string; judge: string; model?: string };

export interface TestCase {
  id: string;
  name: string;
  inputs: Record<string, unknown>;
  expect: Expectation[];
  position: number;
  updated_at: number;
  updated_by: string;
}

export interface NewTestCase {
  name: string;
  inputs: Record<string, unknown>;
  expect?: Expectation[];
}

/** What is left out stays; `position` is the new place among the app's cases. */
export interface TestCaseChange extends Partial<NewTestCase> {
  position?: number;
}

/** `version` is "published" where it is left out. `cases` null: all. `variants` change the configuration of `node`. */
export interface EvaluationStart {
  version?: 'draft' | 'published' | number;
  cases?: string[] | null;
  node?: string | null;
  variants?: { name: string; config: Record<string, unknown> }[];
}

export type CellState = 'waiting' | 'running' | 'paused' | 'passed' | 'failed' | 'error' | 'unjudged' | 'stopped';

/** `passed` null: nobody could say, and `reason` says why. `run_id`: the judge's own run. */
export interface Check {
  kind: CheckKind;
  /** It should not be so. */
  negated: boolean;
  output: string;
  passed: boolean | null;
  expected: string;
  found: string;
  reason: Text | null;
  run_id: string | null;
}

/** One case with one variant. `ms`: of the tuned node and what follows it, else of the whole run. */
export interface Cell {
  case_id: string;
  variant: number;
  state: CellState;
  run_id: string | null;
  checks: Check[];
  output: string;
  error: { code: string; message: Text; node: string | null } | null;
  tokens_in: number;
  tokens_out: number;
  ms: number | null;
  models: Run['models'];
  offline: boolean;
}

/** Of one variant's cells. `open`: those that have not come to an end. */
export interface Sums {
  passed: number;
  failed: number;
  error: number;
  unjudged: number;
  stopped: number;
  open: number;
  tokens_in: number;
  tokens_out: number;
  ms_p50: number | null;
  offline: boolean;
}

interface EvaluationBase {
  id: string;
  app_id: string;
  version: number | null;
  trigger: 'person' | 'publish';
  node: string | null;
  status: 'running' | 'paused' | 'done' | 'stopped';
  done: number;
  total: number;
  created_at: number;
  created_by: string;
  ended_at: number | null;
}

export interface EvaluationSummary extends EvaluationBase {
  variants: { name: string; sums: Sums }[];
}

/** The first variant is the version as it is. `merged`: the node's whole configuration with the change. */
export interface Variant {
  name: string;
  sums: Sums;
  config: Record<string, unknown>;
  merged: Record<string, unknown>;
}

export interface Evaluation extends EvaluationBase {
  variants: Variant[];
  cases: { id: string; name: string }[];
  cells: Cell[];
}
