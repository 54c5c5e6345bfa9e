import { RotateCw } from 'lucide-react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Status } from '@/ui/status';
import { words } from './words';

/** The status of a node in icon, word and colour; waiting between two attempts is one that only nodes have. */
export function NodeStatusMark({ status, className }: { status: string; className?: string }) {
  const t = useT(words);
  if (status !== 'retrying') return <Status status={status} className={className} />;
  return (
    <span className={cn('inline-flex items-center gap-1.5 font-medium whitespace-nowrap text-warn', className)}>
      <RotateCw size={15} aria-hidden="true" className="shrink-0" />
      {t('retrying')}
    </span>
  );
}
