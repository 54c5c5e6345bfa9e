/** An MCP server in a node's settings: what is kept, what a lookup found, and how the two differ. Pure. */
import type { FoundMcpTool, McpLookup, McpTool } from '@/api/types';
import { isRecord } from '../../schema';

export interface McpServer {
  url: string;
  headers: Record<string, string>;
  protocol: string;
  tools: McpTool[];
}

/** What happened on the server to a tool since it was chosen. */
export type Since = 'same' | 'changed' | 'gone' | 'unknown';

export interface Row {
  /** What the model is told, or would be. */
  tool: McpTool;
  found: FoundMcpTool | null;
  chosen: boolean;
  since: Since;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** Settings may come from anywhere; what is odd is read as nothing. */
export function serverOf(value: unknown): McpServer {
  const raw = isRecord(value) ? value : {};
  const headers = isRecord(raw.headers) ? raw.headers : {};
  return {
    url: textOf(raw.url),
    headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, textOf(one)])),
    protocol: textOf(raw.protocol),
    tools: (Array.isArray(raw.tools) ? raw.tools : []).filter(isRecord).map((one) => ({
      name: textOf(one.name),
      description: textOf(one.description),
      input_schema: isRecord(one.input_schema) ? one.input_schema : {},
      idempotent: one.idempotent === true,
    })),
  };
}

/** What of a found tool is kept. */
export const kept = ({ name, description, input_schema, idempotent }: FoundMcpTool): McpTool => ({
  name,
  description,
  input_schema,
  idempotent,
});

/** The tools to show, in the server's order; those that it no longer offers come first. */
export function rowsOf(tools: readonly McpTool[], lookup: McpLookup | null): Row[] {
  if (!lookup) return tools.map((tool) => ({ tool, found: null, chosen: true, since: 'unknown' }));
  const offered = new Set(lookup.tools.map((one) => one.name));
  const gone = tools.filter((one) => !offered.has(one.name));
  return [
    ...gone.map((tool): Row => ({ tool, found: null, chosen: true, since: 'gone' })),
    ...lookup.tools.map((found): Row => {
      const chosen = tools.find((one) => one.name === found.name);
      const since = chosen && tellsElse(chosen, found) ? 'changed' : 'same';
      return { tool: chosen ?? kept(found), found, chosen: chosen !== undefined, since };
    }),
  ];
}

const tellsElse = (a: McpTool, b: McpTool) =>
  a.description !== b.description || ordered(a.input_schema) !== ordered(b.input_schema);

const ordered = (value: unknown): string =>
  JSON.stringify(value, (_, inner) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );

export interface Argument {
  name: string;
  type: string;
  required: boolean;
  description: string;
}

/** The arguments that a schema lists. */
export function argumentsOf(schema: Record<string, unknown>): Argument[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(isRecord(schema.properties) ? schema.properties : {}).map(([name, raw]) => {
    const part = isRecord(raw) ? raw : {};
    return { name, type: typeOf(part), required: required.has(name), description: textOf(part.description) };
  });
}

function typeOf(part: Record<string, unknown>): string {
  if (Array.isArray(part.enum)) return part.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (Array.isArray(part.type)) return part.type.join(' | ');
  if (part.type === 'array' && isRecord(part.items) && typeof part.items.type === 'string')
    return `${part.items.type}[]`;
  return textOf(part.type) || 'any';
}
