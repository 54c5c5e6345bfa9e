/** Runs one node of the draft alone, with typed values and with what the run on the canvas recorded. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useId, useState } from 'react';
import { api } from '@/api/client';
import { nodeRunQuery, scopeQuery } from '@/api/queries';
import type { GraphNode, Run } from '@/api/types';
import { nodePorts, useEditor } from '@/canvas/graph/store';
import { useT, useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Switch } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { useRun } from '../store';
import { preview } from '../values/kinds';
import { words } from '../words';
import { placeOf } from './known';
import { useTried } from './tried';
import { type Texts, ValueFields, valuesOf } from './ValueFields';
import { inputFields, latestOf, namesUsed, nested, type ValueField, valueIn } from './values';

interface Props {
  node: GraphNode;
  /** Saves the draft: the server's node is the one that runs. */
  save(): Promise<boolean>;
  onClose(): void;
  onStarted(): void;
}

export default function TryNodeDialog({ node, save, onClose, onStarted }: Props) {
  const t = useT(words);
  const c = useCommon();
  const text = useText();
  const formId = useId();
  const { appId, checks, types, focus } = useEditor.getState();
  const place = placeOf(node.id);
  const ports = useEditor((state) => nodePorts(state, node.id));
  const shownRun = useRun((state) => state.runId);
  const view = useRun((state) => state.view);
  const [recorded, setRecorded] = useState(true);
  const [texts, setTexts] = useState<Texts>({});
  const runId = recorded && shownRun ? shownRun : null;
  const scope = useQuery({ ...scopeQuery(appId, place, checks), retry: false });
  // Inside of a container: what the last pass that came to it had.
  const path = view && latestOf(view, place);
  const past = useQuery({
    ...nodeRunQuery(shownRun ?? '', path ?? ''),
    enabled: Boolean(shownRun && path),
    retry: false,
  });
  const inputs = inputFields(ports, (port) => text(port.label) || port.name);
  const bound = new Set(inputs.map((field) => field.name));
  const names = namesUsed(node.config, scope.data?.items ?? []).filter(({ name }) => !bound.has(name));
  const given = valuesOf(inputs, texts);
  const variables = valuesOf(names, texts);
  const start = useMutation({
    mutationFn: async () => {
      if (!given || !variables || !(await save())) return null;
      const body = { inputs: given, variables: nested(variables), run_id: runId };
      return api.post<Run>(`/apps/${appId}/nodes/${place.split('/').map(encodeURIComponent).join('/')}/run`, body);
    },
    onSuccess: (run) => {
      if (!run) return;
      useTried.getState().keep(place, run.id);
      onStarted();
    },
  });
  const recordedOf = ({ name }: ValueField) =>
    past.data?.inputs?.[name] ?? (view ? valueIn(view, name, focus) : undefined);
  const help = (field: ValueField) => {
    const value = runId ? recordedOf(field) : undefined;
    return value === undefined ? undefined : t('emptyTakes', { value: preview(value, 80) });
  };
  const title = node.title || text(types.get(node.type)?.label) || node.id;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('tryTitle', { node: title })}
      description={t('tryHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            icon={Play}
            busy={start.isPending}
            disabled={!given || !variables}
          >
            {t('run')}
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
        {shownRun && (
          <div className="flex items-center justify-between gap-3 font-medium">
            {t('useRecorded')}
            <Switch label={t('useRecorded')} checked={recorded} onChange={setRecorded} />
          </div>
        )}
        {types.get(node.type)?.side_effects && <Notice kind="warn">{t('tryEffects')}</Notice>}
        {scope.isPending && <Loading className="min-h-20!" />}
        <ValueFields fields={inputs} texts={texts} onTexts={setTexts} help={help} />
        <ValueFields fields={names} texts={texts} onTexts={setTexts} help={help} />
        {!scope.isPending && !inputs.length && !names.length && <p className="text-ink-3">{t('tryNothing')}</p>}
        {start.isError && <ErrorNotice error={start.error} />}
        {start.isSuccess && start.data === null && <Notice kind="warn">{t('tryUnsaved')}</Notice>}
      </form>
    </Dialog>
  );
}
