/** Apps, versions, templates, data flow. */
import type { Text } from '@/i18n';
import type { Label } from './account';
import type { ChatSettings } from './chat';
import type { Checked, Graph, Problem } from './graph';

export interface App {
  id: string;
  name: string;
  description: string;
  icon: string;
  created_at: number;
  updated_at: number;
  updated_by: string;
  published_version: number | null;
  /** A reading of the published version, else of the draft. */
  mode: 'workflow' | 'chat';
}

export interface Draft extends Checked {
  graph: Graph;
  revision: number;
  saved_at: number;
  saved_by: string;
}

export interface Version {
  number: number;
  note: string;
  digest: string;
  created_at: number;
  created_by: string;
  graph?: Graph;
}

export interface InputField {
  name: string;
  type: string;
  required: boolean;
  label: Text | null;
  default?: unknown;
  options?: unknown[] | null;
}

/** What starts a run, and for a chat app how a conversation begins. */
export interface StartForm {
  fields: InputField[];
  chat: ChatSettings | null;
  /** The field that takes what a person writes in a chat; empty where there is no text. */
  question: string;
}

export interface FlowReport {
  /** `about`: what the policy says of the zone. */
  lanes: { zone: string; nodes: string[]; about?: string }[];
  crossings: Crossing[];
  /** What happened in runs and is not in this graph: an earlier version's, or what a plugin had not declared. */
  others: Crossing[];
  lowered: Lowering[];
  labels?: Record<string, Label>;
  problems: Problem[];
}

/** A step that gives less than it holds. */
export interface Lowering {
  node: string;
  from: Label;
  to: Label;
  /** `release`: a person has to. */
  by: 'redaction' | 'release';
}

export interface Crossing {
  from: string;
  to: string;
  node: string;
  kind: string;
  name: string;
  label: Label;
  allowed: boolean;
  rule: Text;
  path: string[];
  /** Kinds that are taken out on the way. */
  redacted: string[];
  /** How often it happened in all runs of the app (null: such data is not counted), and how often one was refused. */
  count: number | null;
  refused: number;
  last_at: number | null;
}

export interface Plan {
  ok: boolean;
  missing: { kind: 'node_type' | 'model' | 'dataset' | 'secret'; role: string; pointer: string; message: Text }[];
  changes: unknown[];
  forbidden: Problem[];
  bindings: Bindings;
  tests: number;
}

export interface Bindings {
  models: Record<string, string>;
  datasets: Record<string, string>;
}
