import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { UsersRound } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';
import { sessionQuery } from '@/api/session';
import { useT } from '@/i18n';
import { useRoleName } from '@/lib/roles';
import { useCan } from '@/lib/session';
import { buttonClass } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Tabs } from '@/ui/tabs';
import { PeopleTab } from './PeopleTab';
import { words } from './words';

const InvitationsTab = lazy(() => import('./invitations/InvitationsTab'));
const GroupsTab = lazy(() => import('./groups/GroupsTab'));
const RolesTab = lazy(() => import('./roles/RolesTab'));
const SignInTab = lazy(() => import('./signin/SignInTab'));
const KeysTab = lazy(() => import('./keys/KeysTab'));

const TABS: {
  id: 'people' | 'invitations' | 'groups' | 'roles' | 'signin' | 'keys';
  needs: string;
  content: ReactNode;
}[] = [
  { id: 'people', needs: 'member.read', content: <PeopleTab /> },
  { id: 'invitations', needs: 'member.write', content: <InvitationsTab /> },
  { id: 'groups', needs: 'member.read', content: <GroupsTab /> },
  { id: 'roles', needs: 'member.read', content: <RolesTab /> },
  { id: 'signin', needs: 'member.read', content: <SignInTab /> },
  { id: 'keys', needs: 'key.read', content: <KeysTab /> },
];

export default function PeoplePage() {
  const t = useT(words);
  const can = useCan();
  const navigate = useNavigate();
  const { tab } = useSearch({ from: '/shell/people' });
  const tabs = TABS.filter((one) => can(one.needs)).map(({ id, content }) => ({
    id,
    label: t(`tab_${id}`),
    content: <Suspense fallback={<Loading />}>{content}</Suspense>,
  }));
  const first = tabs[0]?.id;
  if (!first) return <NotForYou />;
  return (
    <Page title={t('title')} hint={t('hint')}>
      <Tabs
        label={t('tabs')}
        value={tabs.some((one) => one.id === tab) ? (tab ?? first) : first}
        onChange={(next) =>
          void navigate({ to: '/people', search: next === first ? {} : { tab: next }, replace: true })
        }
        tabs={tabs}
      />
    </Page>
  );
}

/** Whoever may not see people came by an address: says why, and leads to what they may. */
function NotForYou() {
  const t = useT(words);
  const roleName = useRoleName();
  const { data: session } = useQuery(sessionQuery);
  return (
    <Page title={t('title')}>
      <Empty
        icon={UsersRound}
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
