import { type ComponentProps, Suspense } from 'react';
import { lazily } from '@/lib/lazily';

const Drawer = lazily(() => import('./CitationDrawer'));

/** A source's drawer; what it needs to show pages is loaded with the first one that is opened. */
export function LazyCitation(props: ComponentProps<typeof Drawer>) {
  return (
    props.citation && (
      <Suspense fallback={null}>
        <Drawer {...props} />
      </Suspense>
    )
  );
}
