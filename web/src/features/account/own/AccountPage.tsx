import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { sessionQuery } from '@/api/session';
import { useT } from '@/i18n';
import { useRoleName } from '@/lib/roles';
import { Notice } from '@/ui/notice';
import { Page } from '@/ui/page';
import Returned from '../door/Returned';
import { LinkSso } from './LinkSso';
import { Look } from './Look';
import { Mine } from './Mine';
import { Password } from './Password';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';
import { words } from './words';

/** One's own account: how it looks, how one signs in and where, and what one may do. */
export default function AccountPage() {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: session } = useQuery(sessionQuery);
  // Who went to a provider to link their account, and could not, is back with it.
  const error = useSearch({ strict: false, select: (search: { error?: unknown }) => search.error });
  if (!session) return null;
  const { username, role, role_name } = session.user;
  return (
    <Page
      width="narrow"
      title={username}
      hint={[session.workspace.name, roleName(role, role_name)].filter(Boolean).join(' · ')}
    >
      {session.second_factor_due && (
        <Notice kind="warn" title={t('due')} className="mb-6">
          {t('dueHint')}
        </Notice>
      )}
      {session.second_factor_due && <SecondFactor session={session} />}
      {typeof error === 'string' && (
        <div className="mb-6">
          <Returned code={error} />
        </div>
      )}
      <Look />
      {!session.sso && <Password username={username} />}
      {!session.second_factor_due && <SecondFactor session={session} />}
      {!session.sso && <LinkSso session={session} />}
      <Sessions />
      {!session.second_factor_due && <Mine permissions={session.permissions} />}
    </Page>
  );
}
