/** Work that nobody takes, and what was given up: what it is, since when, and the way to it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleX, Hourglass } from 'lucide-react';
import type { ReactNode } from 'react';
import { incidentsQuery } from '@/api/queries';
import type { Incident } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { ErrorNotice } from '@/ui/notice';
import { Card, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { words } from './words';

const LOOKS = {
  stuck: { icon: Hourglass, color: 'text-warn' },
  given_up: { icon: CircleX, color: 'text-bad' },
};

export function StuckWork() {
  const t = useT(words);
  const found = useQuery(incidentsQuery);
  return (
    <Section title={t('work')}>
      <p className="-mt-1 mb-3 max-w-3xl text-ink-2">{t('workHint')}</p>
      {found.isPending && <Loading />}
      {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <Card>
          {found.data.length === 0 ? (
            <p className="px-4 py-3 font-medium text-ok">
              <CircleCheck size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
              {t('noWork')}
            </p>
          ) : (
            <ul>
              {found.data.map((one) => (
                <Row key={one.id} incident={one} />
              ))}
            </ul>
          )}
        </Card>
      )}
    </Section>
  );
}

function Row({ incident }: { incident: Incident }) {
  const t = useT(words);
  const format = useFormat();
  const { icon: Icon, color } = LOOKS[incident.what];
  return (
    <li className="border-t border-line px-4 py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className={`${color} font-medium`}>
          <Icon size={15} aria-hidden="true" className="mr-1.5 inline align-text-bottom" />
          {t(`work_${incident.what}`)}
        </span>
        <span className="text-ink-2">{t(`work_${incident.kind}`)}</span>
        <span className="min-w-0 flex-1 basis-40 break-words">
          <Way incident={incident}>{incident.title || incident.subject}</Way>
        </span>
        <span className="text-ink-3">{format.ago(incident.found_at)}</span>
      </div>
      <p className="mt-1 text-sm text-ink-2">
        {t(`work_${incident.what}_hint`)} <span className="font-mono text-ink-3">{incident.code}</span>
      </p>
    </li>
  );
}

/** A link to it, where it is still there. */
function Way({ incident, children }: { incident: Incident; children: ReactNode }) {
  const look = 'text-accent underline underline-offset-2';
  const { kind, subject, within } = incident;
  if (kind === 'run')
    return (
      <Link to="/runs/$runId" params={{ runId: subject }} className={look}>
        {children}
      </Link>
    );
  if (within === null) return children;
  if (kind === 'document')
    return (
      <Link
        to="/knowledge/$datasetId"
        params={{ datasetId: within }}
        search={{ tab: 'documents', document: subject }}
        className={look}
      >
        {children}
      </Link>
    );
  return (
    <Link to="/apps/$appId/tests" params={{ appId: within }} search={{ evaluation: subject }} className={look}>
      {children}
    </Link>
  );
}
