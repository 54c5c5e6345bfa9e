import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  icon: LucideIcon;
  title: string;
  /** One sentence: what will be here and the first step. */
  children: ReactNode;
  actions?: ReactNode;
}

/** An empty place that teaches: what will be here, one button, one example. */
export function Empty({ icon: Icon, title, children, actions }: Props) {
  return (
    <div className="flex flex-col items-center rounded-lg border border-dashed border-line px-6 py-12 text-center">
      <span className="mb-3 grid size-10 place-items-center rounded-lg bg-accent-soft text-accent">
        <Icon size={20} aria-hidden="true" />
      </span>
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="mt-1 max-w-md text-md text-ink-2">{children}</div>
      {actions && <div className="mt-4 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
