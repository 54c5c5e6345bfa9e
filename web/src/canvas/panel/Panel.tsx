/** The side panel of the editor. It is not needed for the first node to show, so its code comes after it. */
import { Suspense } from 'react';
import { lazily } from '@/lib/lazily';
import { Loading } from '@/ui/spinner';
import type { PanelProps } from './PanelBody';

const load = () => import('./PanelBody');
const PanelBody = lazily(load);

/** Fetched while nobody waits: the first click on a node should find panel and text editor there. */
async function fetchAhead() {
  await load();
  await import('./form/editor/TemplateEditor');
}
if ('requestIdleCallback' in globalThis) {
  // What fails now is fetched again when it is needed, and said then.
  requestIdleCallback(() => fetchAhead().catch(() => {}), { timeout: 3000 });
}

export function Panel(props: PanelProps) {
  return (
    <Suspense fallback={<Loading />}>
      <PanelBody {...props} />
    </Suspense>
  );
}
