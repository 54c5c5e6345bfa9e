/** Names that templates of a node may use: as options of a list, and whether a name is one of them. */
import { useMemo } from 'react';
import { useTypeName } from '../titles';
import { usePanelWords } from '../words';
import type { ListOption } from './Combobox';
import { type ScopeName, type Secrets, useForm } from './context';
import type { FieldSpec } from './schema';

/** A scope name, a part of one (`doc.title`), or a node that gives some (`retrieval_1`). */
export function isKnown(name: string, scope: readonly ScopeName[], inputs: readonly string[]): boolean {
  const [head = ''] = name.split('.');
  return (
    inputs.includes(head) ||
    scope.some((one) => one.name === name || name.startsWith(`${one.name}.`) || one.name.startsWith(`${name}.`))
  );
}

/** How a template calls a secret. */
export const secretName = (name: string) => `secrets.${name}`;
export const isSecret = (name: string) => name === 'secrets' || name.startsWith('secrets.');

/** What templates of one field may use: `known` says of a name whether it is any of it. */
export interface FieldScope {
  names: readonly ScopeName[];
  known(name: string): boolean;
  /** Whether the field may hold secrets. */
  holdsSecrets: boolean;
  /** Those of the workspace; null where none may be held or seen. */
  secrets: Secrets | null;
}

export function useFieldScope(spec: FieldSpec): FieldScope {
  const t = usePanelWords();
  const { scope, inputs, secrets: all } = useForm();
  const holdsSecrets = spec.hints.secrets === true;
  const secrets = (holdsSecrets && all) || null;
  return useMemo(() => {
    const named = secrets?.names ?? [];
    const names = [
      ...scope,
      ...named.map((name) => ({ name: secretName(name), type: 'string', from: '', title: t('secrets') })),
    ];
    // Who may not see the secrets is not told which there are: the server's check has the word.
    const known = (name: string) => (holdsSecrets && !secrets && isSecret(name)) || isKnown(name, names, inputs);
    return { names, known, holdsSecrets, secrets };
  }, [scope, inputs, holdsSecrets, secrets, t]);
}

/** A value in one short line. */
export function sampleText(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

export function useScopeOptions(names?: readonly ScopeName[]): ListOption[] {
  const t = usePanelWords();
  const typeName = useTypeName();
  const { scope: all, sample } = useForm();
  const scope = names ?? all;
  return useMemo(
    () =>
      scope.map(({ name, type, from, title }) => ({
        value: name,
        label: name,
        group: title || from || t('fromSystem'),
        mark: typeName(type),
        hint: sampleText(sample(name)) || undefined,
      })),
    [scope, sample, t, typeName],
  );
}
