/** Values that a person types for a node's inputs: which fields, and what they mean. Pure. */
import type { GraphNode, NodePorts } from '@/api/types';
import type { RunView } from '../fold';
import { lastOf } from '../paths';

export interface ValueField {
  name: string;
  /** A port's type. */
  type: string;
  label: string;
}

const isText = (type: string) => type === 'string' || type === 'any';

/** As the field begins: a text as it is, everything else as JSON. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}

export type Typed = { value: unknown } | { fault: 'notJson' | 'notNumber' } | null;

/** Null: nothing was typed. Where anything is taken, what is no JSON is a text. */
export function typed(text: string, type: string): Typed {
  if (!text.trim()) return null;
  if (type === 'string') return { value: text };
  try {
    const value: unknown = JSON.parse(text);
    if (type === 'number' && typeof value !== 'number') return { fault: 'notNumber' };
    return { value };
  } catch {
    if (isText(type)) return { value: text };
    return { fault: type === 'number' ? 'notNumber' : 'notJson' };
  }
}

const NAME = /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*/gu;
const TAG = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

/** Those of the names in scope that the node's settings use, in templates or by themselves. */
export function namesUsed(config: GraphNode['config'], scope: readonly { name: string; type: string }[]): ValueField[] {
  const said = new Set<string>();
  const look = (value: unknown) => {
    if (typeof value === 'string') {
      said.add(value);
      for (const [tag] of value.matchAll(TAG)) for (const [name] of tag.matchAll(NAME)) said.add(name);
    } else if (value && typeof value === 'object') Object.values(value).forEach(look);
  };
  look(config);
  const all = [...said];
  const uses = (name: string) => said.has(name) || all.some((one) => one.startsWith(`${name}.`));
  return scope.filter(({ name }) => uses(name) && !name.startsWith('sys.')).map((one) => ({ ...one, label: one.name }));
}

/** `find.documents` as a value inside of `find`, as the server looks names up. */
export function nested(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const steps = name.split('.');
    const last = steps.pop() ?? name;
    let place = found;
    for (const step of steps) {
      const next = place[step];
      const inner = next && typeof next === 'object' ? (next as Record<string, unknown>) : {};
      place[step] = inner;
      place = inner;
    }
    place[last] = value;
  }
  return found;
}

/** The value that a name had in a run: of a node's output (`find.documents`), or of a variable. `around`: the containers
 * that it is asked in, whose nodes come before those outside of them. */
export function valueIn(view: RunView, name: string, around: readonly string[] = []): unknown {
  if (name in view.variables) return view.variables[name]?.value;
  const [head = '', ...rest] = name.split('.');
  const paths = around.map((_, at) => [...around.slice(0, around.length - at), head].join('/'));
  const path = rest.length ? [...paths, head].map((one) => latestOf(view, one)).find((one) => one !== null) : null;
  const outputs = path ? view.nodes[path]?.outputs : undefined;
  let value: unknown = outputs;
  for (const step of rest)
    value = value && typeof value === 'object' ? (value as Record<string, unknown>)[step] : undefined;
  return value === undefined ? view.inputs?.[name] : value;
}

/** The path of a node in the pass that began last, by its path without numbers of passes. */
export function latestOf(view: RunView, place: string): string | null {
  if (!place.includes('/')) return place in view.nodes ? place : null;
  const wanted = place.split('/');
  let found: string | null = null;
  for (const path in view.nodes) {
    if (lastOf(path) !== wanted.at(-1)) continue;
    const parts = path.split('/');
    if (parts.length === wanted.length * 2 - 1 && wanted.every((one, at) => parts[at * 2] === one)) found = path;
  }
  return found;
}

export const inputFields = (ports: NodePorts, label: (port: NodePorts['inputs'][number]) => string): ValueField[] =>
  ports.inputs.map((port) => ({ name: port.name, type: port.type, label: label(port) }));
