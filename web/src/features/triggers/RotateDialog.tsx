/** A new secret for a webhook, and how long the old one counts on. */
import { useId, useState } from 'react';
import type { Trigger } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Choice } from '@/ui/choice';
import { Dialog } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { useRotate } from './changes';
import { words } from './words';

const HOURS = [24, 168, 0] as const;

interface Props {
  trigger: Trigger;
  onClose(): void;
  onSecret(trigger: Trigger, secret: string): void;
}

export default function RotateDialog({ trigger, onClose, onSecret }: Props) {
  const t = useT(words);
  const c = useCommon();
  const group = useId();
  const [hours, setHours] = useState<number>(HOURS[0]);
  const rotate = useRotate(trigger.app_id);
  const make = () =>
    rotate.mutate(
      { trigger, hours },
      { onSuccess: ({ secret, ...rotated }) => (secret ? onSecret(rotated, secret) : onClose()) },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('rotateTitle', { name: trigger.name })}
      description={t('rotateHint')}
      footer={
        <>
          <Button onClick={onClose}>{c('cancel')}</Button>
          <Button variant="primary" busy={rotate.isPending} onClick={make}>
            {t('newSecret')}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        {rotate.isError && <ErrorNotice error={rotate.error} />}
        <fieldset className="flex flex-col gap-2">
          <legend className="mb-1 text-sm font-medium text-ink-2">{t('oldCounts')}</legend>
          {HOURS.map((one) => (
            <Choice
              key={one}
              name={group}
              checked={hours === one}
              onChoose={() => setHours(one)}
              label={t(`keep_${one}`)}
              hint={t(`keep_${one}_hint`)}
            />
          ))}
        </fieldset>
      </div>
    </Dialog>
  );
}
