import { Suspense } from 'react';
import { lazily } from '@/lib/lazily';

const EdgeEditor = lazily(() => import('./EdgeEditor'));

/** The editor of a mapping, loaded when the first one is opened: drawing the canvas does not wait for its lists. */
export function EdgeEditorLazily(props: { id: string; onDone(): void }) {
  return (
    <Suspense fallback={<div className="h-28" />}>
      <EdgeEditor {...props} />
    </Suspense>
  );
}
