/** When a breakpoint holds: the clauses that conditions of nodes are made of, by the same editor. */
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useMemo } from 'react';
import { scopeQuery } from '@/api/queries';
import type { Clause } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { ALONE, Form, type FormContext } from '@/canvas/panel/form/context';
import type { Schema } from '@/canvas/panel/form/schema';
import { ClauseRow } from '@/canvas/panel/form/widgets/ClauseRow';
import { type CaseShape, shapeOf } from '@/canvas/panel/form/widgets/cases';
import { useRows } from '@/canvas/panel/form/widgets/useRows';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { useRun } from '../store';
import { words } from '../words';
import { useDebug } from './store';

const MOST = 20;

/** How clauses look, from any type of the catalogue that has some; null where none has. */
export function useConditionShape(): CaseShape | null {
  const types = useEditor((state) => state.types);
  return useMemo(() => {
    for (const { schema } of types.values()) {
      for (const field of Object.values(schema.properties ?? {})) {
        const shape = field['x-ui']?.widget === 'conditions' ? shapeOf(field as Schema, schema as Schema) : null;
        if (shape) return shape;
      }
    }
    return null;
  }, [types]);
}

const NONE: Clause[] = [];

export function Condition({ path, shape }: { path: string; shape: CaseShape }) {
  const t = useT(words);
  const clauses = useDebug((state) => state.breakpoints[path]?.condition ?? NONE);
  const rows = useRows<Clause>(clauses, (next) => useDebug.getState().setCondition(path, next));
  const form = useNames(path);
  return (
    <Form value={form}>
      <div className="flex flex-col gap-2 border-t border-line bg-canvas p-2">
        {!rows.rows.length && <p className="text-sm text-ink-3">{t('conditionHint')}</p>}
        {rows.rows.map((clause, at) => (
          <ClauseRow
            key={rows.keyOf(at)}
            clause={clause}
            n={at + 1}
            shape={shape}
            pointer={`/${at}`}
            removable
            onChange={(next) => rows.set(at, next)}
            onRemove={() => rows.remove(at)}
          />
        ))}
        <Button
          size="small"
          variant="ghost"
          icon={Plus}
          className="self-start"
          disabled={rows.rows.length >= MOST}
          onClick={() => rows.add({ ...shape.newClause })}
        >
          {rows.rows.length ? t('andCondition') : t('addCondition')}
        </Button>
      </div>
    </Form>
  );
}

/** The names that a condition of this breakpoint may look at, with what they were in the run that is shown. */
function useNames(path: string): FormContext {
  const appId = useEditor((state) => state.appId);
  const checks = useEditor((state) => state.checks);
  const view = useRun((state) => state.view);
  const { data } = useQuery({ ...scopeQuery(appId, path, checks), enabled: Boolean(appId), retry: false });
  return useMemo(
    () => ({
      ...ALONE,
      scope: (data?.items ?? []).map((one) => ({ ...one, title: one.from })),
      sample: (name) => {
        const [node = '', ...rest] = name.split('.');
        return view?.nodes[node]?.outputs?.[rest.join('.')] ?? view?.inputs?.[name];
      },
    }),
    [data, view],
  );
}
