import { Link } from '@tanstack/react-router';
import { CloudOff } from 'lucide-react';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { buttonClass } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { words } from './words';

/** Says plainly that no language model wrote this, and where to change that. */
export function OfflineNotice({ run, compact }: { run: Run; compact?: boolean }) {
  const t = useT(words);
  const can = useCan();
  const replaced = run.models.filter((one) => one.offline && one.requested !== one.model);
  if (compact) {
    return (
      <p className="flex flex-wrap items-center gap-x-2 text-sm text-warn">
        <CloudOff size={14} aria-hidden="true" className="shrink-0" />
        {t('offlineTitle')}
        {can('model.write') && (
          <Link to="/models" className="font-medium underline">
            {t('connect')}
          </Link>
        )}
      </p>
    );
  }
  return (
    <Notice
      kind="warn"
      title={t('offlineTitle')}
      actions={
        can('model.write') && (
          <Link to="/models" className={buttonClass('default', 'small')}>
            {t('connect')}
          </Link>
        )
      }
    >
      {t('offline')}
      {replaced.map((one) => (
        <span key={one.requested}> {t('modelUsed', { requested: one.requested, model: one.model })}</span>
      ))}
    </Notice>
  );
}
