import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, Suspense } from 'react';
import { useT } from '@/i18n';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { Tabs } from '@/ui/tabs';
import { PeopleTab } from './PeopleTab';
import { words } from './words';

const InvitationsTab = lazily(() => import('./invitations/InvitationsTab'));
const GroupsTab = lazily(() => import('./groups/GroupsTab'));
const RolesTab = lazily(() => import('./roles/RolesTab'));
const SignInTab = lazily(() => import('./signin/SignInTab'));
const KeysTab = lazily(() => import('./keys/KeysTab'));

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
  if (!first) return null;
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
