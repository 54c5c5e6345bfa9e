/** Begins a new run with what a past one had done before a node: with which graph, and with which changed inputs. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { GitFork } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { nodeRunQuery, runGraphQuery, runQuery } from '@/api/queries';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Switch } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { useNames } from '../useNames';
import { words } from '../words';
import { type Texts, ValueFields, valuesOf } from './ValueFields';
import { shown, type ValueField } from './values';

interface Props {
  runId: string;
  /** A node of the graph itself; null: from the start. */
  node: string | null;
  onClose(): void;
  onStarted(run: Run): void;
}

const GRAPHS = ['same', 'draft'] as const;

const typeOf = (value: unknown) =>
  typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'any';

export default function ForkDialog({ runId, node, onClose, onStarted }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const client = useQueryClient();
  const formId = useId();
  const names = useNames(runId);
  const run = useQuery(runQuery(runId));
  const past = useQuery({ ...nodeRunQuery(runId, node ?? ''), enabled: node !== null });
  const graphOf = useQuery(runGraphQuery(runId));
  const [graph, setGraph] = useState<(typeof GRAPHS)[number]>('same');
  const [step, setStep] = useState(false);
  const [edited, setEdited] = useState<Texts>({});
  // Where nothing leads to the node, the inputs of the run are what it begins with.
  const first = node === null || (graphOf.data ? !graphOf.data.edges.some((edge) => edge.target === node) : false);
  const values = (first ? run.data?.inputs : past.data?.inputs) ?? {};
  const fields: ValueField[] = Object.entries(values).map(([name, value]) => ({
    name,
    type: typeOf(value),
    label: name,
  }));
  const texts = { ...Object.fromEntries(fields.map(({ name }) => [name, shown(values[name])])), ...edited };
  const changed = fields.filter(({ name }) => edited[name] !== undefined && edited[name] !== shown(values[name]));
  const given = valuesOf(changed, texts);
  const start = useMutation({
    mutationFn: () =>
      api.post<Run>(`/runs/${runId}/fork`, {
        node,
        graph,
        mode: step ? 'step' : 'go',
        ...(first ? { inputs: given } : node && changed.length ? { given: { [node]: given } } : {}),
      }),
    onSuccess: (fork) => {
      void client.invalidateQueries({ queryKey: [...keys.runs, 'list'] });
      onStarted(fork);
    },
  });
  const loading = run.isPending || graphOf.isPending || (node !== null && past.isPending);
  const failed = run.error ?? (node !== null ? past.error : null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={node === null ? t('forkStart') : t('forkTitle', { node: names.title(node) })}
      description={node === null ? t('forkStartHint') : t('forkHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" icon={GitFork} busy={start.isPending} disabled={!given}>
            {t('beginAgain')}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <fieldset className="flex flex-col gap-1.5">
          <legend className="mb-1.5 text-sm font-medium text-ink-2">{t('whichGraph')}</legend>
          {GRAPHS.filter((one) => one === 'same' || can('app.write')).map((one) => (
            <label
              key={one}
              className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line px-3 py-2 has-checked:border-accent has-checked:bg-accent-soft/40"
            >
              <input
                type="radio"
                name={`${formId}-graph`}
                checked={graph === one}
                onChange={() => setGraph(one)}
                className="mt-1 accent-accent"
              />
              <span>
                <span className="block font-medium">{t(`graph_${one}`)}</span>
                <span className="block text-sm text-ink-2">{t(`graph_${one}_hint`)}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {loading && <Loading className="min-h-20!" />}
        {failed && <ErrorNotice error={failed} />}
        {fields.length > 0 && (
          <fieldset className="flex flex-col gap-3">
            <legend className="mb-1.5 text-sm font-medium text-ink-2">
              {first ? t('forkRunInputs') : t('forkInputs')}
            </legend>
            <ValueFields fields={fields} texts={texts} onTexts={setEdited} />
          </fieldset>
        )}
        <div className="flex items-center justify-between gap-3 font-medium">
          {t('forkStep')}
          <Switch label={t('forkStep')} checked={step} onChange={setStep} />
        </div>
        <Notice kind="warn">{t('forkEffects')}</Notice>
        {start.isError && <ErrorNotice error={start.error} />}
      </form>
    </Dialog>
  );
}
