import { Link } from '@tanstack/react-router';
import type { Run } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { buttonClass } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { words } from './words';

/** Says plainly that no language model wrote this, and where to change that. */
export function OfflineNotice({ run }: { run: Run }) {
  const t = useT(words);
  const can = useCan();
  const replaced = run.models.filter((one) => one.offline && one.requested !== one.model);
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
