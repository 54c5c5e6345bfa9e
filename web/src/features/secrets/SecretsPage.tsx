import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { secretsQuery } from '@/api/secrets';
import type { Secret } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Page } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { DeleteDialog } from './DeleteDialog';
import { KeysPanel } from './KeysPanel';
import { SecretDialog } from './SecretDialog';
import { SecretTable } from './SecretTable';
import { useDeleteSecret } from './useDeleteSecret';
import { ValueDialog } from './ValueDialog';
import { words } from './words';

type Open = { dialog: 'new' } | { dialog: 'change' | 'value' | 'delete'; secret: Secret };

/** Keys and passwords that flows use by name and nobody reads again. */
export default function SecretsPage() {
  const t = useT(words);
  const can = useCan();
  const secrets = useQuery(secretsQuery);
  const remove = useDeleteSecret();
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const mayWrite = can('secret.write');
  const add = mayWrite && (
    <Button icon={Plus} variant="primary" onClick={() => setOpen({ dialog: 'new' })}>
      {t('add')}
    </Button>
  );
  const some = secrets.data && secrets.data.length > 0;
  return (
    <Page title={t('title')} hint={t('hint')} actions={some && add}>
      {secrets.isPending && <Loading />}
      {secrets.isError && <ErrorNotice error={secrets.error} onRetry={() => void secrets.refetch()} />}
      {secrets.data?.length === 0 && (
        <Empty icon={KeyRound} title={t('none')} actions={add}>
          {t('noneHint')}
        </Empty>
      )}
      {some && (
        <SecretTable
          secrets={secrets.data}
          mayWrite={mayWrite}
          onOpen={(dialog, secret) => setOpen({ dialog, secret })}
          // What no app uses can come back within the time of "undo"; else it is said what would break.
          onDelete={(secret) => (secret.used_by.length ? setOpen({ dialog: 'delete', secret }) : remove(secret))}
        />
      )}
      <KeysPanel />
      {open?.dialog === 'new' && <SecretDialog secret={null} onClose={close} />}
      {open?.dialog === 'change' && <SecretDialog secret={open.secret} onClose={close} />}
      {open?.dialog === 'value' && <ValueDialog secret={open.secret} onClose={close} />}
      {open?.dialog === 'delete' && <DeleteDialog secret={open.secret} onClose={close} />}
    </Page>
  );
}
