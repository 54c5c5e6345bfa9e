/** Node types and a graph for the tests of the canvas. */
import type { GraphNode, NodePorts, NodeType, NodeTypes } from '@/api/types';
import type { DocEdge } from '../graph/document';

export const node = (id: string, x = 0, y = 0, type = 'step'): GraphNode => ({ id, type, ui: { x, y } });
export const edge = (id: string, source: string, target: string, more: Partial<DocEdge> = {}): DocEdge => ({
  id,
  source,
  target,
  ...more,
});

export const ports = (inputs: [string, string][], outputs: [string, string][], branches: string[] = []): NodePorts => ({
  inputs: inputs.map(([name, type]) => ({ name, type })),
  outputs: outputs.map(([name, type]) => ({ name, type })),
  branches: branches.map((id) => ({ id, label: id })),
});

export const nodeType = (type: string, shape: NodePorts, more: Partial<NodeType> = {}): NodeType => ({
  type,
  version: '1',
  label: { en: `The ${type}`, zh: `节点 ${type}` },
  description: { en: 'Does something.', zh: '做一件事。' },
  category: 'code',
  icon: 'puzzle',
  inputs: shape.inputs,
  outputs: shape.outputs,
  branches: shape.branches,
  schema: {},
  defaults: {},
  streams: false,
  side_effects: false,
  open_inputs: false,
  result: false,
  plugin: false,
  ...more,
});

const ALL = ['string', 'number', 'boolean', 'object', 'file', 'any'];

export const catalogue = (types: NodeType[]): NodeTypes => ({
  types,
  plugins: [],
  types_table: [
    { type: 'string', into: ['string', 'any'] },
    { type: 'number', into: ['number', 'string', 'any'] },
    { type: 'object', into: ['object', 'any'] },
    { type: 'file', into: ['file', 'any'] },
    { type: 'any', into: ALL },
  ],
});
