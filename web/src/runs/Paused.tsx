/** What a paused run waits for, and the way on: a decision, an answer, or a person who debugs. */
import { Suspense } from 'react';
import { lazily } from '@/lib/lazily';
import { Loading } from '@/ui/spinner';
import { DebugPause } from './debug/DebugPause';
import type { RunView } from './fold';
import { PausedNotice } from './PausedNotice';
import type { Names } from './useNames';

const ApprovalForm = lazily(() => import('./approval/ApprovalForm'));

interface Props {
  runId: string;
  view: RunView;
  names: Names;
  /** The debugger's own buttons are on the page already. */
  bare?: boolean;
}

export function Paused({ runId, view, names, bare }: Props) {
  const { pause, status } = view;
  if (!pause || status !== 'paused') return null;
  if (pause.reason === 'effect_unknown') {
    return <PausedNotice runId={runId} node={pause.node} title={names.title(pause.node)} />;
  }
  if (pause.reason === 'approval') {
    return (
      <Suspense fallback={<Loading className="min-h-24!" />}>
        <ApprovalForm key={`${pause.node} ${view.seq}`} runId={runId} pause={pause} title={names.title(pause.node)} />
      </Suspense>
    );
  }
  return <DebugPause runId={runId} pause={pause} names={names} bare={bare} />;
}
