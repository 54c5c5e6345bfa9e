/** Names that templates of a node may use: as options of a list, and whether a name is one of them. */
import { useMemo } from 'react';
import { useTypeName } from '../titles';
import { usePanelWords } from '../words';
import type { ListOption } from './Combobox';
import { type ScopeName, useForm } from './context';

/** A scope name, a part of one (`doc.title`), or a node that gives some (`retrieval_1`). */
export function isKnown(name: string, scope: readonly ScopeName[], inputs: readonly string[]): boolean {
  const [head = ''] = name.split('.');
  return (
    inputs.includes(head) ||
    scope.some((one) => one.name === name || name.startsWith(`${one.name}.`) || one.name.startsWith(`${name}.`))
  );
}

/** A value in one short line. */
export function sampleText(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

export function useScopeOptions(): ListOption[] {
  const t = usePanelWords();
  const typeName = useTypeName();
  const { scope, sample } = useForm();
  return useMemo(
    () =>
      scope.map(({ name, type, from, title }) => ({
        value: name,
        label: name,
        group: from ? title || from : t('fromSystem'),
        mark: typeName(type),
        hint: sampleText(sample(name)) || undefined,
      })),
    [scope, sample, t, typeName],
  );
}
