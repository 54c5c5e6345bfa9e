/** What the picture's lines mean, what the zones are, and which level is above which: for who sees it for the first time. */
import { useQuery } from '@tanstack/react-query';
import { levelsQuery } from '@/api/queries';
import type { FlowReport } from '@/api/types';
import { useT } from '@/i18n';
import { useLevelName } from '@/ui/level';
import { STROKE, VERDICTS } from './looks';
import { words } from './words';

export function Legend({ report }: { report: FlowReport }) {
  const t = useT(words);
  const levelName = useLevelName();
  const { data } = useQuery(levelsQuery);
  return (
    <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 text-sm text-ink-2 max-sm:grid-cols-1 max-sm:gap-y-0.5">
      <dt className="font-medium text-ink">{t('legend')}</dt>
      <dd className="flex flex-wrap gap-x-5 gap-y-1 max-sm:mb-2">
        {(['no', 'allowed', 'denied'] as const).map((crosses) => {
          const look = crosses === 'no' ? null : VERDICTS[crosses];
          return (
            <span key={crosses} className="inline-flex items-center gap-1.5">
              <svg width="28" height="8" aria-hidden="true" className="shrink-0">
                <path d="M0 4H28" strokeWidth="2" className={STROKE[crosses]} />
              </svg>
              {look && <look.icon size={15} aria-hidden="true" className={look.color} />}
              {t(`line_${crosses}`)}
            </span>
          );
        })}
      </dd>
      {report.lanes.map(({ zone, about }) => (
        <Said key={zone} term={t('zone', { name: zone })}>
          {about || t('noAbout')}
        </Said>
      ))}
      {data && <Said term={t('levels')}>{data.levels.map(levelName).join(' < ')}</Said>}
      {report.crossings.some((one) => one.count === null) && <Said term={t('uncounted')}>{t('uncountedHint')}</Said>}
    </dl>
  );
}

function Said({ term, children }: { term: string; children: string }) {
  return (
    <>
      <dt className="font-medium text-ink">{term}</dt>
      <dd className="min-w-0 break-words max-sm:mb-2">{children}</dd>
    </>
  );
}
