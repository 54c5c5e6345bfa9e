import { useState } from 'react';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { Drawer } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { ForkButton } from './debug/ForkButton';
import { NodeAside } from './NodeAside';
import { NodeRunView } from './NodeRunView';
import { isInside } from './paths';
import { Trace } from './trace/Trace';
import { ROW_HEIGHT } from './trace/TraceRow';
import { useFollow } from './useFollow';
import { useNames } from './useNames';
import { useWide } from './useWide';
import { words } from './words';

const HEAD = 28;
const MOST_ROWS = 16;

interface Props {
  runId: string;
  /** The node whose details are open, where the page keeps it. Without it the trace keeps its own. */
  node?: string | null;
  onNode?(node: string | null): void;
  /** A new run was begun from one of its nodes. */
  onForked(run: Run): void;
}

/** Every step of a run on a common time axis; the chosen one's values beside it, or over it where there is no room. */
export default function RunTrace({ runId, node, onNode, onForked }: Props) {
  const t = useT(words);
  const { view, lost } = useFollow(runId);
  const names = useNames(runId);
  const wide = useWide(1024);
  const [own, setOwn] = useState<string | null>(null);
  const shown = node === undefined ? own : node;
  const choose = (next: string | null) => {
    setOwn(next);
    onNode?.(next);
  };
  const actions = shown && !isInside(shown) && view.nodes[shown]?.startedAt && (
    <ForkButton key={shown} runId={runId} node={shown} onStarted={onForked} />
  );
  if (lost) return <ErrorNotice error={lost} />;
  // Folded at first; what is unfolded scrolls.
  const rows =
    Object.keys(view.nodes).filter((path) => !isInside(path)).length + (Object.keys(view.passes).length ? 6 : 0);
  const beside = wide && shown;
  const height = HEAD + ROW_HEIGHT * Math.min(MOST_ROWS, Math.max(3, rows)) + 2;
  return (
    <div
      className="grid overflow-hidden rounded-lg border border-line bg-surface data-beside:grid-cols-[minmax(0,3fr)_minmax(340px,2fr)]"
      data-beside={beside ? '' : undefined}
      style={{ height: beside ? Math.max(height, 520) : height }}
    >
      <Trace view={view} names={names} selected={shown} onSelect={choose} />
      {beside && (
        <NodeAside
          runId={runId}
          node={shown}
          title={names.trail(shown)}
          actions={actions}
          live={view.nodes[shown]}
          onClose={() => choose(null)}
          className="border-l"
        />
      )}
      {!wide && (
        <Drawer open={Boolean(shown)} onClose={() => choose(null)} title={shown ? names.title(shown) : t('node')}>
          {actions && <div className="px-3 pt-3">{actions}</div>}
          {shown && <NodeRunView runId={runId} node={shown} live={view.nodes[shown]} />}
        </Drawer>
      )}
    </div>
  );
}
