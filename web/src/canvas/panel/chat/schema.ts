/** How an app chats, as a form like any other: the limits are those of the graph's `chat` and `conversation`. Pure. */
import type { InputField } from '@/api/types';
import { both } from '../both';
import type { Schema } from '../form/schema';

const NAME = '^[A-Za-z_][A-Za-z0-9_]{0,63}$';
const TYPES = ['string', 'number', 'boolean', 'list', 'object', 'any'] as const;

/** `texts`: the inputs that a message could go to. */
export function chatSchema(texts: readonly InputField[]): Schema {
  return {
    type: 'object',
    properties: {
      ...(texts.length > 1 ? { question: question(texts) } : {}),
      opening: {
        type: 'string',
        maxLength: 10_000,
        'x-ui': { widget: 'textarea', rows: 4, label: both('opening'), help: both('openingHelp') },
      },
      suggestions: {
        type: 'array',
        maxItems: 10,
        items: { type: 'string', minLength: 1, maxLength: 500 },
        'x-ui': { widget: 'lines', label: both('suggestions'), help: both('suggestionsHelp') },
      },
      memory_turns: {
        type: 'integer',
        minimum: 0,
        maximum: 100,
        default: 20,
        'x-ui': { widget: 'number', group: both('memory'), label: both('memoryTurns'), help: both('memoryHelp') },
      },
      memory_tokens: {
        type: 'integer',
        minimum: 0,
        maximum: 100_000,
        default: 3000,
        'x-ui': { widget: 'number', group: both('memory'), label: both('memoryTokens') },
      },
    },
  };
}

export const VARIABLES: Schema = {
  type: 'object',
  properties: {
    conversation: {
      type: 'array',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['name', 'type'],
        properties: {
          name: { type: 'string', pattern: NAME, 'x-ui': { widget: 'text', label: both('variableName') } },
          type: {
            type: 'string',
            default: 'string',
            'x-ui': {
              widget: 'select',
              label: both('variableType'),
              options: TYPES.map((value) => ({ value, label: both(`type_${value}`) })),
            },
          },
          default: { 'x-ui': { widget: 'any', label: both('variableDefault'), help: both('variableDefaultHelp') } },
        },
      },
      'x-ui': { widget: 'rows', label: both('variables'), help: both('variablesHelp') },
    },
  },
};

function question(texts: readonly InputField[]): Schema {
  const named = texts.map(({ name, label }) => ({ value: name, label: label ?? name }));
  const { en, zh } = both('questionFirst');
  const first = { en: `${en} (${texts[0]?.name})`, zh: `${zh}（${texts[0]?.name}）` };
  return {
    type: 'string',
    default: '',
    'x-ui': {
      widget: 'select',
      label: both('question'),
      help: both('questionHelp'),
      options: [{ value: '', label: first }, ...named],
    },
  };
}
