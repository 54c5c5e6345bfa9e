import { CircleDashed, ShieldCheck, ShieldPlus } from 'lucide-react';
import { useState } from 'react';
import type { Session } from '@/api/types';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { Notice } from '@/ui/notice';
import { Row } from './Row';
import { SetUpSecondFactor } from './SetUpSecondFactor';
import { TurnOffSecondFactor } from './TurnOffSecondFactor';
import { words } from './words';

/** When so few are left it is said. */
const FEW = 3;

export function SecondFactor({ session }: { session: Session }) {
  const t = useT(words);
  const [open, setOpen] = useState<'setUp' | 'turnOff' | null>(null);
  const { second_factor: on, recovery_codes_left: left } = session;
  const Icon = on ? ShieldCheck : CircleDashed;
  return (
    <>
      <Row
        title={t('secondFactor')}
        action={
          on ? (
            <Button variant="danger" onClick={() => setOpen('turnOff')}>
              {t('turnOff')}
            </Button>
          ) : (
            !session.sso && (
              <Button icon={ShieldPlus} variant="primary" onClick={() => setOpen('setUp')}>
                {t('setUp')}
              </Button>
            )
          )
        }
      >
        <p className={cn('flex items-center gap-1.5 font-medium', on ? 'text-ok' : 'text-ink-3')}>
          <Icon size={15} aria-hidden="true" className="shrink-0" />
          {on ? t('on') : session.sso ? t('atProvider') : t('off')}
        </p>
        <p className="mt-0.5">{on ? t('codesLeft', { n: left }) : t('secondFactorHint')}</p>
        {on && left <= FEW && (
          <Notice kind="warn" className="mt-2">
            {t('fewCodes')}
          </Notice>
        )}
      </Row>
      {open === 'setUp' && <SetUpSecondFactor onClose={() => setOpen(null)} />}
      {open === 'turnOff' && <TurnOffSecondFactor onClose={() => setOpen(null)} />}
    </>
  );
}
