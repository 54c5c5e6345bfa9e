import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

interface Props {
  title: ReactNode;
  hint?: ReactNode;
  /** Links or a small mark above the title. */
  above?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  width?: 'narrow' | 'normal' | 'full';
}

const WIDTHS = { narrow: 'max-w-3xl', normal: 'max-w-6xl', full: '' };

/** The frame of an ordinary page: title, one line of help, actions, content. */
export function Page({ title, hint, above, actions, children, width = 'normal' }: Props) {
  return (
    <div className={cn('mx-auto w-full px-8 pt-7 pb-12 print:p-px max-sm:px-4 max-sm:pt-4 max-sm:pb-6', WIDTHS[width])}>
      {above && <div className="mb-1 text-sm text-ink-3">{above}</div>}
      <header className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          <h1 className="flex flex-wrap items-center gap-2 text-xl font-semibold break-words">{title}</h1>
          {hint && <div className="mt-0.5 max-w-3xl text-ink-2">{hint}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({ className, children }: { className?: string; children: ReactNode }) {
  return <div className={cn('rounded-lg border border-line bg-surface', className)}>{children}</div>;
}

export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="mb-8">
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-md font-semibold">{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}
