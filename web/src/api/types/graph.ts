/** Node types, graphs, and what the checker says of them. */
import type { Text } from '@/i18n';
import type { ChatSettings, ConversationVariable } from './chat';

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
  /** An edge may map a value to any name, not only to a declared input. */
  open_inputs: boolean;
  /** What it gives is the result of the run. */
  result: boolean;
  plugin: boolean;
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
  /** Which port types a value of `type` may go into. */
  types_table: { type: string; into: string[] }[];
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
  conversation?: ConversationVariable[];
  /** A graph with it is a chat app's; what is left out is as by default. */
  chat?: Partial<ChatSettings>;
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
}

/** A name that templates of a node may use, and the node that gives it ("" for what the run itself gives). */
export interface Scoped {
  name: string;
  type: string;
  from: string;
}

/** `secrets`: names of the workspace's, for those who may see them. */
export interface Scope {
  items: Scoped[];
  secrets: string[];
}

export interface Checked {
  problems: Problem[];
  ports: Record<string, NodePorts>;
}
