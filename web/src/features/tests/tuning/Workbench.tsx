import { Play, Plus } from 'lucide-react';
import { Suspense, useCallback, useState } from 'react';
import { asApiError } from '@/api/errors';
import type { App, Draft as AppDraft, EvaluationSummary, NodeType, TestCase } from '@/api/types';
import type { Schema } from '@/canvas/panel/form/schema';
import { flushDrafts } from '@/canvas/panel/form/useDraft';
import { useT, useText } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { useStart } from '../evaluations';
import { usePlace } from '../place';
import { words } from '../words';
import { BaseCard } from './BaseCard';
import { CasePick } from './CasePick';
import type { Config, Placed, Types } from './nodes';
import { Outcome } from './Outcome';
import { useVariants } from './useVariants';
import { VariantCard } from './VariantCard';
import { addDraft, freeLetter, MOST, removeDraft, renameDraft, setField } from './variants';

const VariantDrawer = lazily(() => import('./VariantDrawer'));

interface Props {
  app: App;
  draft: AppDraft;
  placed: Placed;
  type: NodeType;
  types: Types;
  cases: TestCase[];
  evaluations: EvaluationSummary[] | undefined;
}

const EMPTY: Config = {};

export function Workbench({ app, draft, placed, type, types, cases, evaluations }: Props) {
  const t = useT(words);
  const text = useText();
  const { go } = usePlace();
  const { path, node } = placed;
  const base = node.config ?? EMPTY;
  const { key, drafts, evaluation } = useVariants(app.id, path, evaluations, t('variantN', { name: 'A' }));
  const [editing, setEditing] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string[] | null>(null);
  const start = useStart(app.id, (begun) => go({ tab: 'tuning', node: path, evaluation: begun.id }, true));
  const error = start.isError ? asApiError(start.error) : null;
  const wrong = Number(/^\/variants\/(\d+)/.exec(error?.pointer ?? '')?.[1] ?? Number.NaN);
  const names = drafts.map((one) => one.name);
  const add = (change: Config = EMPTY) =>
    setEditing(
      addDraft(
        key,
        freeLetter(names, (name) => t('variantN', { name })),
        change,
      ),
    );
  const run = () => {
    flushDrafts();
    start.mutate({
      version: 'draft',
      cases: chosen,
      node: path,
      variants: drafts.map(({ name, change }) => ({ name, config: change })),
    });
  };
  const edited = drafts.find((one) => one.id === editing);
  const titleOf = useCallback(
    (id: string) => {
      const from = draft.graph.nodes.find((one) => one.id === id);
      return from?.title || text(types.get(from?.type ?? '')?.label) || id;
    },
    [draft.graph, types, text],
  );
  const onField = useCallback(
    (name: string, value: unknown, fallback: unknown) =>
      editing !== null && setField(key, editing, base, name, value, fallback),
    [key, editing, base],
  );
  const count = chosen?.length ?? cases.length;
  return (
    <>
      <section aria-label={t('variants')} className="flex flex-col gap-3">
        <div>
          <h2 className="text-md font-semibold">{t('variants')}</h2>
          <p className="text-ink-3">{t('variantsHint')}</p>
        </div>
        <div className="grid grid-cols-[repeat(auto-fill,minmax(min(300px,100%),1fr))] gap-3">
          <BaseCard base={base} schema={type.schema as Schema} />
          {drafts.map((one, at) => (
            <VariantCard
              key={one.id}
              draft={one}
              base={base}
              schema={type.schema as Schema}
              error={error && at === wrong ? text(error.text) : undefined}
              onRename={(name) => renameDraft(key, one.id, name)}
              onEdit={() => setEditing(one.id)}
              onCopy={drafts.length < MOST - 1 ? () => add(one.change) : undefined}
              onRemove={() => removeDraft(key, one.id)}
            />
          ))}
          {drafts.length < MOST - 1 && (
            <button
              type="button"
              onClick={() => add()}
              className="flex min-h-36 flex-col items-center justify-center gap-1 rounded-lg border border-dashed border-line-strong px-4 py-3 text-center text-ink-2 hover:border-accent hover:text-ink"
            >
              <Plus size={18} aria-hidden="true" className="text-accent" />
              <span className="font-semibold text-accent">{t('addVariant')}</span>
              <span className="text-sm text-ink-3">{t('addVariantHint')}</span>
            </button>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <CasePick cases={cases} value={chosen} onChange={setChosen} />
          <Button
            variant="primary"
            icon={Play}
            busy={start.isPending}
            disabled={!drafts.length || !count}
            onClick={run}
          >
            {t('runVariants')}
          </Button>
          <span className="figures text-ink-3">{t('cellCount', { n: count * (drafts.length + 1) })}</span>
        </div>
        {error && Number.isNaN(wrong) && <ErrorNotice error={error} />}
      </section>
      <Outcome app={app} path={path} evaluation={evaluation} draftsKey={key} drafts={drafts} />
      <Suspense>
        {edited && (
          <VariantDrawer
            key={edited.id}
            appId={app.id}
            revision={draft.revision}
            path={path}
            type={type}
            base={base}
            draft={edited}
            titleOf={titleOf}
            onField={onField}
            onClose={() => setEditing(null)}
          />
        )}
      </Suspense>
    </>
  );
}
