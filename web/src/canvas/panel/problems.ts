/** What is wrong with one node: the checker's answer and what the browser sees already, by field. */
import { useMemo, useState } from 'react';
import type { GraphNode, NodeType, Problem } from '@/api/types';
import { useText } from '@/i18n';
import { useEditor } from '../graph/store';
import { BESIDE } from './form/Fields';
import { useFieldLabel } from './form/labels';
import { fieldsOf, pointerOf, type Schema } from './form/schema';
import { faults } from './form/validate';
import { usePanelWords } from './words';

export interface NodeProblem {
  /** As the form counts: from the configuration's root, or under `BESIDE`; null where no field is meant. */
  pointer: string | null;
  text: string;
  /** The field's label, where the sentence does not name the field itself. */
  field?: string;
  severity: 'error' | 'warning';
  /** The checker's. */
  code?: string;
}

/** `/nodes/3/config/url` is `/url` to the form, `/nodes/3/retry/attempts` is the node's own `attempts`. */
export function formPointer(pointer: string | null): string | null {
  const path = /^\/nodes\/\d+(\/.*)?$/.exec(pointer ?? '')?.[1] ?? '';
  if (path.startsWith('/config/')) return path.slice('/config'.length);
  const beside = /^\/(?:retry\/)?(attempts|delay|timeout|on_error|default_outputs)(\/.*)?$/.exec(path);
  return beside ? pointerOf(BESIDE, beside[1] ?? '') + (beside[2] ?? '') : null;
}

const fieldOf = (pointer: string) => pointer.split('/')[1] ?? '';

const isAbout = (problem: Problem, node: GraphNode, index: number) =>
  problem.node ? problem.node === node.id : new RegExp(`^/nodes/${index}(/|$)`).test(problem.pointer ?? '');

export function useNodeProblems(node: GraphNode, type: NodeType | undefined): NodeProblem[] {
  const t = usePanelWords();
  const text = useText();
  const label = useFieldLabel();
  const problems = useEditor((state) => state.problems);
  const index = useEditor((state) =>
    state.problems.length ? state.doc.nodes.findIndex((one) => one.id === node.id) : 0,
  );
  const config = node.config;
  // What the answer was about: a field that changed since is right until the next answer says otherwise.
  const [checked, setChecked] = useState({ problems, config });
  if (checked.problems !== problems) setChecked({ problems, config });
  return useMemo(() => {
    const changed = (field: string) =>
      checked.problems === problems && JSON.stringify(config?.[field]) !== JSON.stringify(checked.config?.[field]);
    const fields = type ? fieldsOf(type.schema, type.schema as Schema) : [];
    const fieldName = (pointer: string) => {
      const spec = fields.find((one) => one.name === fieldOf(pointer));
      return spec && label(spec);
    };
    const local = type ? faults(type.schema as Schema, config ?? {}) : [];
    const found: NodeProblem[] = local.map(({ pointer, word, values }) => ({
      pointer,
      text: t(word, values),
      field: fieldName(pointer),
      severity: 'error',
    }));
    const told = new Set(local.map((fault) => fault.pointer));
    for (const problem of problems) {
      if (!isAbout(problem, node, index)) continue;
      const pointer = formPointer(problem.pointer);
      // Said here already in better words, or no longer true; other faults stay, or the page would jump while typing.
      const shape = pointer !== null && problem.code.startsWith('config_');
      if (shape && (told.has(pointer) || changed(fieldOf(pointer)))) continue;
      found.push({ pointer, text: text(problem.message), severity: problem.severity, code: problem.code });
    }
    return found;
  }, [problems, checked, node, index, config, type, t, text, label]);
}

export function byField(problems: readonly NodeProblem[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { pointer, text, severity } of problems) {
    if (pointer !== null && severity === 'error') found.set(pointer, [...(found.get(pointer) ?? []), text]);
  }
  return found;
}
