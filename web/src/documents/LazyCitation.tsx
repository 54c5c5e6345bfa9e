import { type ComponentProps, lazy, Suspense } from 'react';

const Drawer = lazy(() => import('./CitationDrawer'));

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
