import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { scopeQuery } from '@/api/queries';
import type { NodeType } from '@/api/types';
import type { ScopeName } from '@/canvas/panel/form/context';
import { SchemaForm } from '@/canvas/panel/form/SchemaForm';
import { fieldsOf, type Schema } from '@/canvas/panel/form/schema';
import { flushDrafts } from '@/canvas/panel/form/useDraft';
import { faults } from '@/canvas/panel/form/validate';
import { usePanelWords } from '@/canvas/panel/words';
import { useT, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { words } from '../words';
import type { Config } from './nodes';
import type { Draft } from './variants';

interface Props {
  appId: string;
  revision: number;
  path: string;
  type: NodeType;
  base: Config;
  draft: Draft;
  titleOf(id: string): string;
  onField(name: string, value: unknown, fallback: unknown): void;
  onClose(): void;
}

const nothing = () => undefined;

/** The node's own form, written into a variant. */
export default function VariantDrawer(props: Props) {
  const { appId, revision, path, type, base, draft, titleOf, onField, onClose } = props;
  const t = useT(words);
  const p = usePanelWords();
  const text = useText();
  const schema = type.schema as Schema;
  const value = useMemo(() => ({ ...base, ...draft.change }), [base, draft.change]);
  const scope = useScope(appId, path, revision, titleOf);
  const inputs = useMemo(() => type.inputs.map((port) => port.name), [type]);
  const errors = useMemo(() => {
    const found = new Map<string, string[]>();
    for (const { pointer, word, values } of faults(schema, value)) found.set(pointer, [p(word, values)]);
    return found;
  }, [schema, value, p]);
  const set = useCallback(
    (name: string, next: unknown) =>
      onField(name, next, fieldsOf(schema, schema).find((field) => field.name === name)?.fallback),
    [onField, schema],
  );
  const close = () => {
    // What is still being typed belongs to it.
    flushDrafts();
    onClose();
  };
  return (
    <Drawer open wide onClose={close} title={draft.name}>
      <div className="flex min-h-full flex-col">
        <div className="flex-1 p-4">
          <p className="mb-4 text-ink-2">{t('variantHint', { type: text(type.label) })}</p>
          <SchemaForm
            schema={schema}
            value={value}
            onField={set}
            readOnly={false}
            scope={scope}
            inputs={inputs}
            types={NO_TYPES}
            sample={nothing}
            errors={errors}
            reveal={null}
          />
        </div>
        <footer className="sticky bottom-0 flex justify-end border-t border-line bg-surface px-4 py-3">
          <Button variant="primary" onClick={close}>
            {t('done')}
          </Button>
        </footer>
      </div>
    </Drawer>
  );
}

const NO_TYPES: string[] = [];

function useScope(appId: string, path: string, revision: number, titleOf: (id: string) => string): ScopeName[] {
  // Below zero: the canvas counts its checks from one, and must not find these names among its own.
  const { data } = useQuery(scopeQuery(appId, path, -revision));
  return useMemo(() => (data?.items ?? []).map((one) => ({ ...one, title: titleOf(one.from) })), [data, titleOf]);
}
