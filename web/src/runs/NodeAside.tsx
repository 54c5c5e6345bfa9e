import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { IconButton } from '@/ui/icon-button';
import type { NodeView } from './fold';
import { NodeRunView } from './NodeRunView';
import { words } from './words';

interface Props {
  runId: string;
  node: string;
  title: string;
  live?: NodeView;
  onClose(): void;
  /** What can be done from there. */
  actions?: ReactNode;
  className?: string;
}

/** A node's run beside what it was chosen in. */
export function NodeAside({ runId, node, title, live, onClose, actions, className }: Props) {
  const t = useT(words);
  return (
    <section aria-label={title} className={cn('min-h-0 overflow-y-auto border-line', className)}>
      <div className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-surface py-1 pr-1.5 pl-3">
        <h3 className="min-w-0 flex-1 truncate font-semibold">{title}</h3>
        <IconButton size="small" icon={X} label={t('closeNode')} onClick={onClose} />
      </div>
      {actions && <div className="flex flex-wrap gap-2 px-3 pt-3">{actions}</div>}
      <NodeRunView runId={runId} node={node} live={live} />
    </section>
  );
}
