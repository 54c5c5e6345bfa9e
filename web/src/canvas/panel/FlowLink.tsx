import { Link } from '@tanstack/react-router';
import { Waypoints } from 'lucide-react';
import { cn } from '@/lib/cn';
import { useEditor } from '../graph/store';
import { usePanelWords } from './words';

/** Beside what the policy refuses: the page that shows the way the data would go. Nothing beside other problems. */
export function FlowLink({ code, className }: { code?: string; className?: string }) {
  const t = usePanelWords();
  const appId = useEditor((state) => state.appId);
  if (code !== 'label_forbidden') return null;
  return (
    <Link
      to="/apps/$appId/data-flow"
      params={{ appId }}
      search={{ version: 'draft' }}
      className={cn(
        'inline-flex min-h-6 items-center gap-1.5 rounded-sm text-sm text-accent hover:underline',
        className,
      )}
    >
      <Waypoints size={14} aria-hidden="true" />
      {t('seeFlow')}
    </Link>
  );
}
