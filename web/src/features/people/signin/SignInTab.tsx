import { useQuery } from '@tanstack/react-query';
import { Building2, Plus } from 'lucide-react';
import { useState } from 'react';
import { ssoProvidersQuery } from '@/api/people';
import type { SsoProvider } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { words } from '../words';
import { ProviderCard } from './ProviderCard';
import { ProviderDialog } from './ProviderDialog';
import { SecondFactorRule } from './SecondFactorRule';

export default function SignInTab() {
  const t = useT(words);
  const can = useCan();
  const providers = useQuery(ssoProvidersQuery);
  const [open, setOpen] = useState<SsoProvider | 'new' | null>(null);
  const mayWrite = can('signin.write');
  const add = mayWrite && (
    <Button icon={Plus} variant="primary" onClick={() => setOpen('new')}>
      {t('addProvider')}
    </Button>
  );
  const some = providers.data && providers.data.length > 0;
  return (
    <>
      <SecondFactorRule mayWrite={mayWrite} />
      <Section title={t('sso')} actions={some && add}>
        {providers.isPending && <Loading />}
        {providers.isError && <ErrorNotice error={providers.error} onRetry={() => void providers.refetch()} />}
        {providers.data?.length === 0 && (
          <Empty icon={Building2} title={t('noProviders')} actions={add}>
            {t('noProvidersHint')}
          </Empty>
        )}
        <ul className="flex flex-col gap-3">
          {providers.data?.map((provider) => (
            <li key={provider.id}>
              <ProviderCard provider={provider} mayWrite={mayWrite} onEdit={() => setOpen(provider)} />
            </li>
          ))}
        </ul>
      </Section>
      {open && <ProviderDialog provider={open === 'new' ? null : open} onClose={() => setOpen(null)} />}
    </>
  );
}
