import { Suspense } from 'react';
import { lazily } from '@/lib/lazily';
import { useRun } from '../store';

const DebugBar = lazily(() => import('./DebugBar'));

/** The debugger's bar over the canvas, while the run that it shows is paused. */
export function DebugOverlay({ onAnswer }: { onAnswer(): void }) {
  const runId = useRun((state) => state.runId);
  const pause = useRun((state) => (state.view?.status === 'paused' ? state.view.pause : null));
  if (!runId || !pause) return null;
  return (
    <Suspense fallback={null}>
      <DebugBar runId={runId} pause={pause} onAnswer={onAnswer} />
    </Suspense>
  );
}
