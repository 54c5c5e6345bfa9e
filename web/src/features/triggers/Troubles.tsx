import { CalendarX, CircleX, KeyRound, type LucideIcon } from 'lucide-react';
import type { Trigger } from '@/api/types';
import { useFormat, useLanguage, useT, useText } from '@/i18n';
import { Button } from '@/ui/button';
import { inZone, ownZone } from './times';
import { words } from './words';

/** What there is to do about a trigger that started nothing; some errors say it themselves. */
function adviceFor({ error, kind, inputs }: Trigger) {
  if (error?.code === 'template_unknown_name') return 'adviceTemplate';
  if (!error?.code.startsWith('input_')) return null;
  return kind === 'webhook' && !Object.keys(inputs).length ? 'adviceMessage' : 'adviceInputs';
}

/** Why nothing began the last time, what was left out since, and what goes on for a while only. */
export function Troubles({ trigger, onEdit }: { trigger: Trigger; onEdit?(): void }) {
  const t = useT(words);
  const format = useFormat();
  const language = useLanguage();
  const { error, missed_at: missed, last_fired_at: fired, time_zone: zone, old_secret_until: until } = trigger;
  const leftOut = missed !== null && missed > (fired ?? 0) ? inZone(missed, zone ?? ownZone(), language) : null;
  const old = until !== null && until > Date.now() ? format.dateTime(until) : null;
  if (!error && !leftOut && !old) return null;
  return (
    <div className="col-span-full col-start-2 flex flex-col gap-2 max-sm:col-start-1">
      {error && <Failed trigger={trigger} onEdit={onEdit} />}
      {leftOut && <Said icon={CalendarX}>{t('leftOut', { when: leftOut })}</Said>}
      {old && <Said icon={KeyRound}>{t('oldSecretMark', { when: old })}</Said>}
    </div>
  );
}

function Said({ icon: Icon, children }: { icon: LucideIcon; children: string }) {
  return (
    <p className="flex items-start gap-1.5 text-sm text-ink-2">
      <Icon size={14} aria-hidden="true" className="mt-0.5 shrink-0 text-ink-3" />
      {children}
    </p>
  );
}

function Failed({ trigger, onEdit }: { trigger: Trigger; onEdit?(): void }) {
  const t = useT(words);
  const text = useText();
  const { error, failures, problem } = trigger;
  const advice = adviceFor(trigger);
  return (
    <div role="status" className="flex flex-wrap items-start gap-x-3 gap-y-2 rounded-md bg-bad-soft px-3 py-2">
      <CircleX size={16} aria-hidden="true" className="mt-0.5 shrink-0 text-bad" />
      <div className="min-w-0 flex-1 basis-60 break-words">
        <p className="font-semibold text-bad">{failures > 1 ? t('failedOften', { n: failures }) : t('failed')}</p>
        <p>{text(error?.message)}</p>
        {advice && <p className="text-ink-2">{t(advice, { example: "{{ body.name | default('') }}" })}</p>}
        <p className="mt-0.5 font-mono text-xs text-ink-2">{error?.code}</p>
      </div>
      {onEdit && !problem && (
        <Button size="small" onClick={onEdit}>
          {t('edit')}
        </Button>
      )}
    </div>
  );
}
