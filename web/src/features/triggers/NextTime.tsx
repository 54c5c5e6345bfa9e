import type { Trigger } from '@/api/types';
import { useFormat, useLanguage, useT } from '@/i18n';
import { useMinute } from '@/runs/useNow';
import { inZone, ownZone } from './times';
import { words } from './words';

const WEEK = 7 * 86_400_000;

/** When it is due next: how far away, and on the clock of its zone. */
export function NextTime({ trigger }: { trigger: Trigger }) {
  const t = useT(words);
  const format = useFormat();
  const language = useLanguage();
  const now = useMinute();
  const { enabled, kind, next_at: next, problem, time_zone: zone } = trigger;
  if (!enabled) return <p className="text-ink-3">{t('off')}</p>;
  if (problem) return <p className="text-ink-3">{t('oncePublished')}</p>;
  if (kind === 'webhook') return <p className="text-ink-2">{t('whenMessage')}</p>;
  if (next === null) return <p className="text-ink-3">{t('noNext')}</p>;
  const there = inZone(next, zone ?? ownZone(), language) ?? format.dateTime(next);
  const here = inZone(next, ownZone(), language);
  const soon = next - now < WEEK;
  return (
    <p className="figures" title={here && here !== there ? t('yourTime', { when: here }) : undefined}>
      {soon && <span className="block first-letter:uppercase">{next <= now ? t('dueNow') : format.ago(next)}</span>}
      <span className={soon ? 'block text-sm text-ink-3' : 'block'}>{there}</span>
    </p>
  );
}
