/** Runs and their events. */
import type { Text } from '@/i18n';
import type { Label, RoleId } from './account';
import type { Citation } from './knowledge';
import type { RunTrigger } from './triggers';

export type RunStatus = 'queued' | 'running' | 'paused' | 'succeeded' | 'failed' | 'cancelled';

/** Tokens, and what they cost in millionths of the currency, as far as prices are known. */
export interface Usage {
  input: number;
  output: number;
  micros?: number;
}

export interface RunError {
  code: string;
  message: Text;
  detail?: unknown;
  pointer?: string | null;
  node?: string | null;
  retryable?: boolean;
  /** Of a node's code, from 1. */
  line?: number | null;
}

/** Why a run waits: nobody knows whether an effect happened, a node asked somebody, or somebody debugs. */
export type PauseReason = 'effect_unknown' | 'approval' | 'breakpoint' | 'step' | 'asked';

/** What a node asks a person. */
export interface Asks {
  form: AskForm;
  /** Who may answer; empty: all who may run the app. */
  roles: RoleId[];
  /** Until when, in milliseconds since 1970. */
  until: number | null;
}

export interface AskForm {
  title?: string;
  text?: string;
  choices?: { id: string; label?: string }[];
  fields?: { name: string; label?: string; type?: string; required?: boolean; options?: string[] }[];
  /** By which choice what was given is released, and as what. `text`: it, where `text` above does not show it. */
  releases?: { choice: string; level: string; tags: string[]; text: string };
}

export interface Pause {
  reason: PauseReason;
  /** Its path: `each_1/3/llm_1`. */
  node: string;
  asks?: Asks | null;
  by?: string;
}

export type RunKind = 'run' | 'fork' | 'node' | 'test';

export interface Run {
  id: string;
  app_id: string;
  app_name: string;
  /** Null: the draft. */
  version: number | null;
  status: RunStatus;
  pause: Pause | null;
  kind: RunKind;
  /** The run that a fork began like, or whose values a single node took. */
  parent_id: string | null;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown> | null;
  citations: Citation[];
  error: RunError | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  usage: Usage | null;
  created_by: string;
  offline: boolean;
  graph_digest: string;
  /** The conversation that it is a turn of. */
  conversation_id?: string | null;
  /** What started it by itself. */
  trigger?: RunTrigger | null;
  models: { requested: string; model: string; offline: boolean }[];
}

export interface RunEvent {
  seq?: number;
  type: string;
  node: string | null;
  at: number;
  data: Record<string, unknown>;
}

/** A thing that a node wrote down on its way, such as a step of an agent. */
export type Note = { kind?: string } & Record<string, unknown>;

export interface NodeRun {
  /** Its path: `each_1/3/llm_1`. */
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
  usage: Usage | null;
  facts: Record<string, unknown> | null;
  branch: string | null;
  notes: Note[];
  /** How many passes a container began, and how many of them failed. */
  passes: { begun: number; failed: number } | null;
}

/** Stops before its node, where its condition holds. `node` is a path without numbers of passes: `each_1/llm_1`. */
export interface Breakpoint {
  node: string;
  condition: Clause[];
}

export type Clause = { variable: string; operator?: string; value?: unknown };

/** Outputs by node: it does not run, it gives these. */
export type Pins = Record<string, Record<string, unknown>>;
