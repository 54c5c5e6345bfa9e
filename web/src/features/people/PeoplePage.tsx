import { useNavigate, useSearch } from '@tanstack/react-router';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Page } from '@/ui/page';
import { Tabs } from '@/ui/tabs';
import { KeysTab } from './KeysTab';
import { PeopleTab } from './PeopleTab';
import { words } from './words';

export default function PeoplePage() {
  const t = useT(words);
  const can = useCan();
  const navigate = useNavigate();
  const { tab } = useSearch({ from: '/shell/people' });
  const tabs = [{ id: 'people', label: t('people'), content: <PeopleTab /> }];
  if (can('key.read')) tabs.push({ id: 'keys', label: t('keys'), content: <KeysTab /> });
  return (
    <Page title={t('title')} hint={t('hint')}>
      <Tabs
        label={t('tabs')}
        value={tab === 'keys' && tabs.length > 1 ? 'keys' : 'people'}
        onChange={(next) =>
          void navigate({ to: '/people', search: next === 'keys' ? { tab: next } : {}, replace: true })
        }
        tabs={tabs}
      />
    </Page>
  );
}
