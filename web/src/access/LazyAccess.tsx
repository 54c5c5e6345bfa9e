import { type ComponentProps, lazy, Suspense } from 'react';

const Dialog = lazy(() => import('./AccessDialog'));

/** Who may reach one thing; what it needs is loaded when it is first opened. */
export function LazyAccess(props: ComponentProps<typeof Dialog>) {
  return (
    <Suspense fallback={null}>
      <Dialog {...props} />
    </Suspense>
  );
}
