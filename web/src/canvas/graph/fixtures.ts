/** Made-up node types for the tests of this folder: no name of a real one may stand in the web app. */
import type { Checked, Graph, GraphNode, NodeType, NodeTypes } from '@/api/types';

const port = (name: string, type: string, required = false) => ({ name, type, required, label: name, description: '' });

function nodeType(
  type: string,
  inputs: [string, string][],
  outputs: [string, string][],
  rest: Partial<NodeType> = {},
): NodeType {
  return {
    type,
    version: '1',
    label: { en: `The ${type}`, zh: `节点${type}` },
    description: '',
    category: 'logic',
    icon: 'puzzle',
    inputs: inputs.map(([name, kind]) => port(name, kind)),
    outputs: outputs.map(([name, kind]) => port(name, kind)),
    branches: [],
    schema: { type: 'object', properties: {} },
    defaults: {},
    streams: false,
    side_effects: false,
    open_inputs: false,
    result: false,
    plugin: false,
    ...rest,
  };
}

export const TYPES: NodeTypes = {
  types: [
    nodeType('start', [], [['question', 'string']]),
    nodeType(
      'find',
      [['query', 'string']],
      [
        ['hits', 'array[object]'],
        ['count', 'number'],
      ],
    ),
    nodeType(
      'write',
      [
        ['prompt', 'any'],
        ['context', 'any'],
      ],
      [['text', 'string']],
      { open_inputs: true },
    ),
    nodeType('fork', [['input', 'any']], [['case', 'string']], {
      branches: [
        { id: 'yes', label: 'yes' },
        { id: 'no', label: 'no' },
      ],
    }),
    nodeType('end', [['text', 'string']], [], { defaults: { name: 'answer' } }),
  ],
  plugins: [],
  types_table: [
    { type: 'string', into: ['string', 'any'] },
    { type: 'number', into: ['number', 'string', 'any'] },
    { type: 'object', into: ['object', 'any'] },
    { type: 'any', into: ['string', 'number', 'object', 'any', 'array[any]'] },
    { type: 'array[object]', into: ['array[object]', 'array[any]', 'any'] },
  ],
};

export const node = (id: string, type: string, x = 0, y = 0, config = {}): GraphNode => ({
  id,
  type,
  config,
  ui: { x, y },
});

export const GRAPH: Graph = {
  nodes: [
    node('a', 'start', 0, 0),
    node('b', 'find', 300, 0),
    node('c', 'write', 600, 0, { prompt: '{{ b.hits }} {{ ab.hits }}' }),
  ],
  edges: [
    { source: 'a', target: 'b' },
    { source: 'b', target: 'c', data: { mapping: { hits: 'context' } } },
  ],
};

export const UNCHECKED: Checked = { problems: [], ports: {} };
