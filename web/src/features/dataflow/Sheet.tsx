/** What a sheet of paper must say of itself: which app in which state, by which rules, when, by whom. */
import { useQuery } from '@tanstack/react-query';
import { sessionQuery } from '@/api/session';
import type { App, Version } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { words } from './words';

interface Props {
  app: App;
  /** The published one, where it is that; else the draft's revision. */
  version: Version | null;
  revision: number;
}

export function Sheet({ app, version, revision }: Props) {
  const t = useT(words);
  const format = useFormat();
  const { data: session } = useQuery(sessionQuery);
  const published = app.published_version;
  const who = session?.user.username ?? '';
  return (
    <dl className="mb-5 hidden grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 border-y border-line py-2 text-sm text-ink-2 print:grid">
      <dt>{t('sheetApp')}</dt>
      <dd>{`${app.name} (${app.id})`}</dd>
      <dt>{t('sheetState')}</dt>
      <dd>
        {version
          ? t('stateVersion', {
              n: version.number,
              when: format.fullDateTime(version.created_at),
              who: version.created_by,
            })
          : published === null
            ? t('stateNew', { n: revision })
            : t('stateDraft', { n: revision, published })}
      </dd>
      {version && (
        <>
          <dt>{t('sheetDigest')}</dt>
          <dd className="font-mono break-all">{version.digest}</dd>
        </>
      )}
      <dt>{t('sheetPrinted')}</dt>
      <dd>{t('printed', { when: format.fullDateTime(Date.now()), who, where: session?.workspace.name ?? '' })}</dd>
    </dl>
  );
}
