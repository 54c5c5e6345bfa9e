import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserLock } from 'lucide-react';
import { sessionQuery } from '@/api/session';
import { useT } from '@/i18n';
import { useRoleName } from '@/lib/roles';
import { buttonClass } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Page } from '@/ui/page';
import { words } from './words';

/** In the place of a page that somebody came to by an address and may not see: says why, and leads to what they may.
 * Shown before anything is asked, which would only be refused and recorded. */
export default function NotPermitted({ title }: { title: string }) {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: session } = useQuery(sessionQuery);
  return (
    <Page title={title}>
      <Empty
        icon={UserLock}
        title={t('notForYou')}
        actions={
          <Link to="/account" className={buttonClass('primary')}>
            {t('whatYouMay')}
          </Link>
        }
      >
        {t('notForYouHint', { role: session ? roleName(session.user.role, session.user.role_name) : '' })}
      </Empty>
    </Page>
  );
}
