import type { ReactNode } from 'react';
import { Card, Section } from '@/ui/page';

interface Props {
  title: string;
  /** What it is, and how it stands. */
  children: ReactNode;
  action?: ReactNode;
}

/** A part of the account: what it is on the left, what can be done on the right. */
export function Row({ title, children, action }: Props) {
  return (
    <Section title={title}>
      <Card className="flex flex-wrap items-center gap-x-6 gap-y-3 p-4">
        <div className="min-w-0 flex-1 basis-64 text-ink-2">{children}</div>
        {action && <div className="flex flex-wrap gap-2">{action}</div>}
      </Card>
    </Section>
  );
}
