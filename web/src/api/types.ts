/** The shapes of the HTTP API that the web app uses. */
import type { Text } from '@/i18n';

export type { Text } from '@/i18n';

export interface List<Item> {
  items: Item[];
  next: string | null;
}

export type Role = 'owner' | 'admin' | 'editor' | 'analyst' | 'auditor';

export interface Session {
  user: { id: string; username: string; role: Role };
  workspace: { id: string; name: string };
  permissions: string[];
  csrf: string;
  language: 'zh' | 'en';
}

export interface User {
  id: string;
  username: string;
  role: Role;
  disabled: boolean;
  created_at: number;
  last_seen_at?: number | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  role: Role;
  created_at: number;
  expires_at: number | null;
  last_used_at?: number | null;
  created_by?: string;
}

export interface System {
  version: string;
  mode: string;
  sandbox: { available: boolean; reason: Text | null };
  offline_models: boolean;
  zone: string;
  warnings: Text[];
}

export interface Label {
  level: string;
  tags: string[];
}

// --- nodes and graphs

export interface PortSpec {
  name: string;
  type: string;
  required?: boolean;
  label?: Text;
  description?: Text;
}

export interface NodeType {
  type: string;
  version: string;
  label: Text;
  description: Text;
  category: string;
  icon: string;
  inputs: PortSpec[];
  outputs: PortSpec[];
  branches: { id: string; label: Text }[];
  schema: JsonSchema;
  defaults: Record<string, unknown>;
  streams: boolean;
  side_effects: boolean;
  plugin: boolean;
  summary_field?: string | null;
}

/** The part of JSON Schema that settings of nodes use; `x-ui` says how to show a field. */
export interface JsonSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  allOf?: JsonSchema[];
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  additionalProperties?: boolean | JsonSchema;
  'x-ui'?: UiHint;
}

export interface UiHint {
  widget?: string;
  label?: Text;
  help?: Text;
  group?: string;
  advanced?: boolean;
  placeholder?: Text;
  show_if?: Record<string, unknown>;
  language?: string;
  options?: { value: unknown; label: Text }[];
  rows?: number;
}

export interface NodeTypes {
  types: NodeType[];
  plugins: PluginFile[];
  types_table: unknown;
}

export interface PluginFile {
  file: string;
  nodes: string[];
  error: { code: string; message: Text; detail?: string | null } | null;
}

export interface GraphNode {
  id: string;
  type: string;
  title?: string;
  config?: Record<string, unknown>;
  retry?: { attempts?: number; delay?: number } | null;
  timeout?: number | null;
  on_error?: 'stop' | 'default' | 'branch';
  default_outputs?: Record<string, unknown>;
  ui?: Record<string, unknown>;
}

export interface GraphEdge {
  id?: string | null;
  source: string;
  target: string;
  source_handle?: string | null;
  data?: { mapping?: Record<string, string> };
  ui?: Record<string, unknown>;
}

export interface Graph {
  version?: '1';
  nodes: GraphNode[];
  edges: GraphEdge[];
  ui?: Record<string, unknown>;
}

export interface Problem {
  code: string;
  message: Text;
  pointer: string | null;
  node: string | null;
  edge: number | null;
  severity: 'error' | 'warning';
}

export interface NodePorts {
  inputs: PortSpec[];
  outputs: PortSpec[];
  branches: { id: string; label: Text }[];
  summary?: string | null;
  scope: { name: string; type: string; from: string }[];
}

export interface Checked {
  problems: Problem[];
  ports: Record<string, NodePorts>;
}

// --- apps

export interface App {
  id: string;
  name: string;
  description: string;
  icon: string;
  created_at: number;
  updated_at: number;
  updated_by: string;
  published_version: number | null;
  mode: string;
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

export interface FlowReport {
  lanes: { zone: string; nodes: string[] }[];
  crossings: Crossing[];
  problems: Problem[];
}

export interface Crossing {
  from: string;
  to: string;
  node: string;
  label: Label;
  allowed: boolean;
  rule: Text;
  path: string[];
}

export interface Plan {
  ok: boolean;
  missing: { kind: 'node_type' | 'model' | 'dataset' | 'secret'; role: string; pointer: string; message: Text }[];
  changes: unknown[];
  forbidden: Problem[];
  bindings: Bindings;
}

export interface Bindings {
  models: Record<string, string>;
  datasets: Record<string, string>;
}

// --- runs

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

// --- knowledge

export interface Dataset {
  id: string;
  name: string;
  description: string;
  zone: string;
  label: Label;
  embedding_model: string;
  documents: number;
  chunks: number;
  ready: number;
  failed: number;
  created_at: number;
  updated_at: number;
  sample: boolean;
}

export type DocumentStatus = 'queued' | 'parsing' | 'chunking' | 'embedding' | 'indexing' | 'ready' | 'failed';

export interface Document {
  id: string;
  dataset_id: string;
  name: string;
  size: number;
  media_type: string;
  status: DocumentStatus;
  progress: number;
  counts: { pages?: number; chunks?: number; embedded?: number };
  error: { code: string; message: Text } | null;
  created_at: number;
  updated_at: number;
  attempts: number;
}

export interface Chunk {
  id: string;
  index: number;
  page: number | null;
  start: number;
  end: number;
  heading: string | null;
  text: string;
}

export interface Citation {
  n: number;
  chunk_id: string;
  document_id: string;
  document_name: string;
  dataset: string;
  dataset_id: string;
  page: number | null;
  start: number;
  end: number;
  text: string;
  score: number;
  scores?: Record<string, number | null>;
  heading?: string | null;
  node?: string | null;
}

export interface DocumentPage {
  page: number;
  pages: number;
  text: string;
  width: number | null;
  height: number | null;
  has_image: boolean;
  boxes?: [number, number, number, number][];
  /** Where `text` begins in the document, when the server says so. */
  start?: number;
}

// --- models

export interface Model {
  name: string;
  provider: string;
  kind: 'chat' | 'embedding';
  zone: string;
  offline: boolean;
  label: Text;
}

export interface Models {
  items: Model[];
  default_chat: string | null;
  default_embedding: string | null;
}

export interface Provider {
  id: string;
  name: string;
  base_url: string;
  zone: string;
  models: { name: string; kind: 'chat' | 'embedding' }[];
  has_key: boolean;
  created_at: number;
}

export interface ProviderTest {
  ok: boolean;
  ms: number;
  models: string[];
  error: { code: string; message: Text } | null;
}

export interface Policy {
  levels: string[];
  zones: { name: string; description: Text | string }[];
  rules: unknown[];
  [more: string]: unknown;
}
