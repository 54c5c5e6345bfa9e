/** What went into one node of a run and what came out: values, the prompt that was sent, who answered, time, errors. */
import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { RunFailure } from '@/answer/RunFailure';
import { ApiError } from '@/api/errors';
import { nodeRunQuery } from '@/api/queries';
import type { NodeRun } from '@/api/types';
import { useT } from '@/i18n';
import { control } from '@/ui/field';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { FRESH, type NodeView } from './fold';
import { NodeFacts } from './NodeFacts';
import { Notes } from './Notes';
import { useRun } from './store';
import { TextValue } from './values/TextValue';
import { ValueList } from './values/ValueList';
import { words } from './words';

const POLL = 1000;
/** Facts that have a place of their own. */
const PLACED = new Set(['prompt', 'model', 'provider', 'requested', 'offline', 'usage', 'finish_reason']);

interface Props {
  runId: string;
  node: string;
  /** Its state, where the run is followed; else the canvas's own run is looked at. */
  live?: NodeView;
}

/** Another one: what the server says of the node is another thing. */
const stateOf = ({ status, attempt, notes, changed, passes }: NodeView) =>
  [status, attempt, notes.length, JSON.stringify(changed), passes?.begun].join(' ');

const underWay = (status: string) => ['running', 'retrying', 'paused', 'ready', 'waiting'].includes(status);

export function NodeRunView({ runId, node, live }: Props) {
  const t = useT(words);
  const onCanvas = useRun((state) => (state.runId === runId ? state.view?.nodes[node] : undefined));
  const followed = useRun((state) => state.runId === runId);
  // On a canvas that shows this run, a node it knows nothing of has not been reached.
  const view = live ?? onCanvas ?? (followed ? FRESH : undefined);
  const query = useQuery({
    ...nodeRunQuery(runId, node, view ? stateOf(view) : ''),
    // Who follows the run hears of every change; others ask again.
    refetchInterval: ({ state }) => (!view && state.data && underWay(state.data.status) ? POLL : false),
    placeholderData: (before) => (before?.node === node ? before : undefined),
  });
  if (query.isPending) return <Loading className="min-h-24!" />;
  if (query.isError) {
    const unknown = query.error instanceof ApiError && query.error.code === 'node_not_found';
    if (unknown) return <p className="p-4 text-ink-3">{t('notInRun')}</p>;
    return <ErrorNotice className="m-3" error={query.error} onRetry={() => void query.refetch()} />;
  }
  return <Shown key={node} run={query.data} view={view} />;
}

export default NodeRunView;

function Shown({ run, view }: { run: NodeRun; view: NodeView | undefined }) {
  const t = useT(words);
  const [query, setQuery] = useState('');
  const wanted = useDeferredValue(query.trim());
  // At an earlier moment of a replay, what came later is not known yet.
  const settled = !view || view.endedAt !== null;
  const { prompt, ...facts } = (settled && run.facts) || {};
  const others = Object.fromEntries(Object.entries(facts).filter(([name]) => !PLACED.has(name)));
  const streaming = view?.status === 'running' && view.text;
  const outputs = (settled && run.outputs) || {};
  const began = view ? view.startedAt !== null : run.started_at !== null;
  const skipped = (view?.status ?? run.status) === 'skipped';
  return (
    <div className="@container flex flex-col gap-4 p-3">
      {began && <NodeFacts run={run} view={view} settled={settled} />}
      {settled && run.error && <RunFailure error={run.error} />}
      {run.passes && run.passes.begun > 0 && (
        <p className="figures text-ink-2">
          {t('passesCount', { n: run.passes.begun })}
          {run.passes.failed > 0 && (
            <span className="ml-2 font-medium text-bad">{t('passesFailedN', { n: run.passes.failed })}</span>
          )}
        </p>
      )}
      <Notes notes={view?.notes.length ? view.notes : run.notes} />
      {!began && <p className="text-ink-3">{skipped ? t('wasSkipped') : t('notReached')}</p>}
      {began && <SearchField value={query} onChange={setQuery} />}
      {began && (
        <div className="grid gap-5 @3xl:grid-cols-2">
          <Part title={t('outputs')}>
            {streaming ? <TextValue text={view.text} query={wanted} /> : <ValueList values={outputs} query={wanted} />}
          </Part>
          <Part title={t('inputs')}>
            <ValueList values={run.inputs ?? {}} query={wanted} />
          </Part>
        </div>
      )}
      {typeof prompt === 'string' && (
        <Part title={t('prompt')}>
          <ValueList values={{ prompt }} query={wanted} />
        </Part>
      )}
      {Object.keys(others).length > 0 && (
        <Part title={t('facts')}>
          <ValueList values={others} query={wanted} />
        </Part>
      )}
    </div>
  );
}

function SearchField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const t = useT(words);
  return (
    <div className="relative">
      <Search size={14} aria-hidden="true" className="absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-3" />
      <input
        type="search"
        aria-label={t('searchValues')}
        placeholder={t('searchValues')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`${control} pl-8!`}
      />
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <h3 className="mb-1.5 border-b border-line pb-1 text-base font-semibold">{title}</h3>
      {children}
    </div>
  );
}
