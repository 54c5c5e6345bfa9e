import { type ComponentProps, Suspense } from 'react';
import { lazily } from '@/lib/lazily';

const Dialog = lazily(() => import('./AccessDialog'));

/** Who may reach one thing; what it needs is loaded when it is first opened. */
export function LazyAccess(props: ComponentProps<typeof Dialog>) {
  return (
    <Suspense fallback={null}>
      <Dialog {...props} />
    </Suspense>
  );
}
