/** The drawer under the canvas: run the draft, watch every step, look at every value, solve the problems. */
import { ChevronDown, ChevronUp } from 'lucide-react';
import { Tabs } from 'radix-ui';
import { type ReactNode, Suspense, useCallback, useEffect, useId, useRef, useState } from 'react';
import type { InputField, Problem } from '@/api/types';
import { told } from '@/canvas/graph/inside';
import { useEditor } from '@/canvas/graph/store';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { IconButton } from '@/ui/icon-button';
import { Loading } from '@/ui/spinner';
import { followRenames } from './debug/renames';
import { useDebug } from './debug/store';
import { Actions } from './drawer/Actions';
import { Edge } from './drawer/Edge';
import { keepHeight, keptHeight } from './drawer/kept';
import { ProblemsTab } from './drawer/ProblemsTab';
import { RunTab } from './drawer/RunTab';
import { type Start, useDraftRun } from './drawer/useDraftRun';
import { useProblems } from './drawer/useProblems';
import { useRunKey } from './drawer/useRunKey';
import { RunFacts } from './RunFacts';
import { useNames } from './useNames';
import { words } from './words';

const TraceTab = lazily(() => import('./drawer/TraceTab'));
const VariablesTab = lazily(() => import('./drawer/VariablesTab'));
const BreakpointsTab = lazily(() => import('./debug/BreakpointsTab'));

export type Tab = 'run' | 'trace' | 'variables' | 'debug' | 'problems';
const TABS: Tab[] = ['run', 'trace', 'variables', 'debug', 'problems'];

export interface RunDrawerProps {
  appId: string;
  /** Undefined while they are being read. */
  inputs: InputField[] | undefined;
  /** A step of the run was chosen, by its path. */
  onNodePicked(path: string): void;
  onProblemPicked(problem: Problem): void;
  /** Saves the draft; false where it cannot run. */
  beforeRun(): Promise<boolean>;
  open: boolean;
  onOpenChange(open: boolean): void;
  /** The run that is shown, where the page keeps it (in its address, say). Without it the drawer keeps its own. */
  runId?: string | null;
  onRunId?(id: string | null): void;
  /** A tab to show; a new object shows it again. */
  wanted?: { tab: Tab } | null;
}

export default function RunDrawer(props: RunDrawerProps) {
  const { appId, inputs, onNodePicked, onProblemPicked, beforeRun, open, onOpenChange, runId, onRunId, wanted } = props;
  const t = useT(words);
  const formId = useId();
  const [tab, setTab] = useState<Tab>('run');
  const [height, setHeight] = useState(() => keptHeight(innerHeight));
  const show = useCallback(
    (next: Tab) => {
      setTab(next);
      onOpenChange(true);
    },
    [onOpenChange],
  );
  const showProblems = useCallback(() => show('problems'), [show]);
  // A run that was refused because the draft could not be saved has none: what is typed for it stays in view.
  const showFaults = useCallback(() => {
    if (useEditor.getState().said.problems.length) showProblems();
  }, [showProblems]);
  useEffect(() => {
    if (wanted) setTab(wanted.tab);
  }, [wanted]);
  const draft = useDraftRun({ appId, runId, onRunId, beforeRun, onRefused: showFaults });
  const names = useNames(draft.runId);
  const walk = useProblems(onProblemPicked, showProblems);
  useEffect(() => keepHeight(height), [height]);
  const going = draft.going || draft.start.isPending;
  const submit = useRunKey({
    formId,
    ready: open && tab === 'run' && inputs !== undefined,
    going,
    show: () => show('run'),
  });
  const how = useRef<Omit<Start, 'inputs'>>({});
  const run = (next: Omit<Start, 'inputs'>) => {
    how.current = next;
    submit();
  };
  const onRun = (inputs: Start['inputs']) => {
    draft.start.mutate({ ...how.current, inputs });
    how.current = {};
  };
  useEffect(() => useDebug.getState().open(appId), [appId]);
  useEffect(followRenames, []);
  const marks = useDebug(({ breakpoints, pins }) => Object.keys(breakpoints).length + Object.keys(pins).length);
  const contents: Record<Tab, ReactNode> = {
    run: <RunTab {...{ appId, formId, inputs, draft, names, onNodePicked, onRun }} />,
    trace: <TraceTab view={draft.following.view} names={names} onNodePicked={onNodePicked} />,
    variables: <VariablesTab runId={draft.runId} view={draft.following.view} names={names} />,
    debug: <BreakpointsTab />,
    problems: <ProblemsTab problems={walk.problems} index={walk.index} onPick={walk.pick} />,
  };
  const { count, error } = told(walk.problems);
  return (
    <Tabs.Root value={open ? tab : ''} onValueChange={(next) => show(next as Tab)} asChild>
      <section aria-label={t('drawer')} className="relative flex shrink-0 flex-col border-t border-line bg-surface">
        {open && <Edge height={height} onHeight={setHeight} />}
        <div className="flex h-10 shrink-0 items-center gap-2 border-b border-line pr-2 pl-1">
          <Tabs.List aria-label={t('drawer')} className="flex h-full min-w-0 overflow-x-auto">
            {TABS.map((id) => (
              <Tabs.Trigger
                key={id}
                value={id}
                // A closed drawer has no tab in view: a click on any opens it.
                onClick={() => show(id)}
                className="-mb-px flex h-10 items-center gap-1.5 border-b-2 border-transparent px-2.5 font-medium whitespace-nowrap text-ink-2 -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
              >
                {t(`tab_${id}`)}
                {id === 'problems' && count > 0 && (
                  <span className={`${COUNT} ${error ? 'bg-bad-soft text-bad' : 'bg-warn-soft text-warn'}`}>
                    {count}
                  </span>
                )}
                {id === 'debug' && marks > 0 && <span className={`${COUNT} bg-pause-soft text-pause`}>{marks}</span>}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
          <span className="ml-auto min-w-0">
            {draft.runId ? (
              <RunFacts view={draft.following.view} className="justify-end" />
            ) : (
              <span className="text-sm text-ink-3 max-sm:hidden">{t('noRun')}</span>
            )}
          </span>
          <Actions draft={draft} onRun={run} />
          <IconButton
            size="small"
            icon={open ? ChevronDown : ChevronUp}
            label={open ? t('fold') : t('unfold')}
            aria-expanded={open}
            onClick={() => onOpenChange(!open)}
          />
        </div>
        {open && (
          <div className="min-h-0" style={{ height }}>
            {TABS.map((id) => (
              <Tabs.Content key={id} value={id} tabIndex={-1} className="h-full outline-none">
                <Suspense fallback={<Loading className="h-full" />}>{tab === id && contents[id]}</Suspense>
              </Tabs.Content>
            ))}
          </div>
        )}
      </section>
    </Tabs.Root>
  );
}

const COUNT = 'figures rounded-full px-1.5 text-xs';
