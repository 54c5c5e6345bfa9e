/** Making a trigger, and changing one: what it is called, when it is due, what it gives to the app. */
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { inputsQuery } from '@/api/queries';
import type { App, Trigger, TriggerKind } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { toast } from '@/ui/toast';
import { useSaveTrigger } from './changes';
import { KindChoice } from './KindChoice';
import { TriggerForm } from './TriggerForm';
import { words } from './words';

interface Props {
  app: App;
  /** Null: a new one. */
  trigger: Trigger | null;
  kind: TriggerKind;
  onClose(): void;
  /** A webhook was made: its secret is known this once. */
  onSecret(trigger: Trigger, secret: string): void;
}

export default function TriggerDialog({ app, trigger, kind: first, onClose, onSecret }: Props) {
  const t = useT(words);
  const c = useCommon();
  const formId = useId();
  const [kind, setKind] = useState(first);
  const inputs = useQuery(inputsQuery(app.id, app.published_version === null ? 'draft' : 'published'));
  const save = useSaveTrigger(app.id, trigger);
  return (
    <Dialog
      open
      onClose={onClose}
      title={trigger ? t('editTitle') : t('newTitle')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" disabled={!inputs.data} busy={save.isPending}>
            {trigger ? c('save') : c('create')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-5 pb-2">
        {!trigger && <KindChoice kind={kind} onKind={setKind} />}
        {inputs.isPending && <Loading />}
        {inputs.isError && <ErrorNotice error={inputs.error} onRetry={() => void inputs.refetch()} />}
        {inputs.data && (
          <TriggerForm
            key={kind}
            id={formId}
            kind={kind}
            trigger={trigger}
            fields={inputs.data.fields}
            error={save.error}
            onSave={(saved) =>
              save.mutate(
                { kind, ...saved },
                {
                  onSuccess: ({ secret, ...made }) => {
                    if (secret) return onSecret(made, secret);
                    onClose();
                    toast(trigger ? t('saved', { name: made.name }) : t('made', { name: made.name }));
                  },
                },
              )
            }
          />
        )}
      </div>
    </Dialog>
  );
}
