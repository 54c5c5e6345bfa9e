/** Settings that every node has beside its configuration, as a form like any other. Pure. */
import type { GraphNode, NodePorts, NodeType } from '@/api/types';
import { both } from './both';
import type { Schema } from './form/schema';
import type { words } from './words';

type Key = keyof typeof words.en;
const option = (value: string, key: Key) => ({ value, label: both(key) });

const HELP: Readonly<Record<string, Key>> = {
  stop: 'errorStopHelp',
  default: 'errorDefaultHelp',
  branch: 'errorBranchHelp',
};

export function besideSchema(node: GraphNode, type: NodeType | undefined, ports: NodePorts): Schema {
  const onError = node.on_error ?? 'stop';
  const outputs = Object.fromEntries(ports.outputs.map((port) => [port.name, ofType(port.type, port.label)]));
  return {
    type: 'object',
    properties: {
      on_error: {
        type: 'string',
        default: 'stop',
        'x-ui': {
          widget: 'select',
          label: both('onError'),
          help: both(HELP[onError] ?? 'errorStopHelp'),
          options: [option('stop', 'errorStop'), option('default', 'errorDefault'), option('branch', 'errorBranch')],
        },
      },
      default_outputs: {
        type: 'object',
        properties: outputs,
        'x-ui': { label: both('defaultOutputs'), show_if: { on_error: 'default' } },
      },
      attempts: {
        type: 'integer',
        minimum: 1,
        maximum: 10,
        default: 1,
        'x-ui': {
          widget: 'number',
          label: both('attempts'),
          help: both(type?.side_effects ? 'attemptsRisk' : 'attemptsHelp'),
        },
      },
      delay: {
        type: 'number',
        minimum: 0,
        maximum: 60,
        default: 1,
        'x-ui': {
          widget: 'number',
          label: both('delay'),
          help: both('delayHelp'),
          show_if: { attempts: [2, 3, 4, 5, 6, 7, 8, 9, 10] },
        },
      },
      timeout: {
        anyOf: [{ type: 'number', exclusiveMinimum: 0, maximum: 3600 }, { type: 'null' }],
        'x-ui': { widget: 'number', label: both('timeout'), placeholder: both('timeoutHint') },
      },
    },
  };
}

/** The field for a value of a port's type. */
function ofType(type: string, label: unknown): Schema {
  const hint = { 'x-ui': { label } };
  if (type === 'string') return { type: 'string', maxLength: 20_000, 'x-ui': { label, rows: 2 } };
  if (type === 'number' || type === 'boolean') return { type, ...hint };
  if (type === 'any') return hint;
  return { type: type.startsWith('array') || type === 'list' ? 'array' : 'object', ...hint };
}

export const besideValue = (node: GraphNode): Schema => ({
  attempts: node.retry?.attempts,
  delay: node.retry?.delay,
  timeout: node.timeout,
  on_error: node.on_error,
  default_outputs: node.default_outputs,
});

/** What to write into the node for one changed field. */
export function besidePatch(node: GraphNode, name: string, value: unknown): Partial<Omit<GraphNode, 'id' | 'type'>> {
  if (name !== 'attempts' && name !== 'delay') return { [name]: value ?? undefined };
  const { attempts, delay } = { ...node.retry, [name]: value ?? undefined } as { attempts?: number; delay?: number };
  if ((attempts ?? 1) === 1 && name === 'attempts') return { retry: undefined };
  return { retry: { ...(attempts !== undefined && { attempts }), ...(delay !== undefined && { delay }) } };
}
