/** The panel's second tab: what the node did in the run that is shown, or alone, and what can be done from there. */
import { Link } from '@tanstack/react-router';
import { FlaskConical, Pin, PinOff, Undo2 } from 'lucide-react';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { ForkButton } from './debug/ForkButton';
import { useDebug } from './debug/store';
import { useTried } from './debug/tried';
import { latestOf } from './debug/values';
import { NodeRunView } from './NodeRunView';
import { isInside, lastOf } from './paths';
import { useFollow } from './useFollow';
import { words } from './words';

interface Props {
  /** The run on the canvas. */
  runId: string | null;
  /** Where the node stands in the graph: `each_1/llm_1`. */
  place: string;
  onForked(run: Run): void;
}

export default function LastRun({ runId, place, onForked }: Props) {
  const tried = useTried(({ runs }) => runs[place]);
  if (tried) return <Alone runId={tried} place={place} back={runId !== null} />;
  return runId ? <InRun runId={runId} place={place} onForked={onForked} /> : null;
}

function InRun({ runId, place, onForked }: Props & { runId: string }) {
  const { view } = useFollow(runId);
  const path = latestOf(view, place) ?? place;
  const node = view.nodes[path];
  // Inside of a container nothing of this node has happened yet: there is no path to ask for.
  if (isInside(place) && path === place) return <NotReached />;
  return (
    <>
      {!isInside(path) && node?.endedAt && (
        <div className="flex flex-wrap gap-2 px-3 pb-1">
          <PinButton node={path} outputs={node.outputs} />
          <ForkButton runId={runId} node={path} onStarted={onForked} />
        </div>
      )}
      <NodeRunView runId={runId} node={path} />
    </>
  );
}

function NotReached() {
  const t = useT(words);
  return <p className="p-3 text-ink-3">{t('notReached')}</p>;
}

/** The node's own run, apart from the flow. */
function Alone({ runId, place, back }: { runId: string; place: string; back: boolean }) {
  const t = useT(words);
  const { view, lost } = useFollow(runId);
  const node = lastOf(place); // all that its own run has
  return (
    <>
      <div className="mx-3 mb-1 flex flex-wrap items-center gap-2 rounded-md bg-accent-soft/50 px-2.5 py-2">
        <span className="flex w-full items-center gap-2">
          <FlaskConical size={15} aria-hidden="true" className="shrink-0 text-accent" />
          {t('ranAlone')}
          <Link to="/runs/$runId" params={{ runId }} className="text-accent hover:underline">
            {t('openRun')}
          </Link>
        </span>
        <Button size="small" variant="ghost" icon={Undo2} onClick={() => useTried.getState().drop(place)}>
          {back ? t('backToRun') : t('dropTried')}
        </Button>
        {node === place && <PinButton node={node} outputs={view.nodes[node]?.outputs ?? null} />}
      </div>
      {lost && <ErrorNotice className="m-3" error={lost} />}
      <NodeRunView runId={runId} node={node} live={view.nodes[node]} />
    </>
  );
}

interface PinProps {
  node: string;
  outputs: Readonly<Record<string, unknown>> | null;
}

/** From then on the node does not run in the draft, it gives these. */
function PinButton({ node, outputs }: PinProps) {
  const t = useT(words);
  const can = useCan();
  const pinned = useDebug(({ pins }) => pins[node]);
  if (!can('run.debug')) return null;
  if (pinned) {
    return (
      <Button size="small" icon={PinOff} onClick={() => useDebug.getState().unpin(node)}>
        {t('unpin')}
      </Button>
    );
  }
  if (!outputs || !Object.keys(outputs).length) return null;
  return (
    <Button size="small" icon={Pin} title={t('pinHint')} onClick={() => useDebug.getState().pin(node, { ...outputs })}>
      {t('pinOutputs')}
    </Button>
  );
}
