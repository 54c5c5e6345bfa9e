import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { policyQuery } from '@/api/queries';
import type { Policy } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { ErrorNotice } from '@/ui/notice';
import { Page, Section } from '@/ui/page';
import { Loading } from '@/ui/spinner';
import { General } from './General';
import { Levels } from './Levels';
import { Rules } from './Rules';
import { SaveDialog } from './SaveDialog';
import { words } from './words';
import { Zones } from './Zones';

/** Which data may go where: levels, zones and rules of the workspace. */
export default function PolicyPage() {
  const t = useT(words);
  const can = useCan();
  const policy = useQuery(policyQuery);
  return (
    <Page title={t('title')} hint={t('hint')}>
      {policy.isPending && <Loading />}
      {policy.isError && <ErrorNotice error={policy.error} onRetry={() => void policy.refetch()} />}
      {policy.data && <Editor key={policy.dataUpdatedAt} saved={policy.data} mayWrite={can('policy.write')} />}
    </Page>
  );
}

export interface PartProps {
  policy: Policy;
  onChange(change: Partial<Policy>): void;
  readOnly: boolean;
}

function Editor({ saved, mayWrite }: { saved: Policy; mayWrite: boolean }) {
  const t = useT(words);
  const [policy, setPolicy] = useState(saved);
  const [reviewing, setReviewing] = useState(false);
  const changed = JSON.stringify(policy) !== JSON.stringify(saved);
  const part: PartProps = {
    policy,
    onChange: (change) => setPolicy((now) => ({ ...now, ...change })),
    readOnly: !mayWrite,
  };
  return (
    <div className="max-w-4xl">
      {!mayWrite && <p className="mb-5 text-ink-2">{t('noRight')}</p>}
      <Section title={t('rules')}>
        <Rules {...part} />
      </Section>
      <Section title={t('general')}>
        <General {...part} />
      </Section>
      <Section title={t('levels')}>
        <Levels {...part} known={saved.levels} />
      </Section>
      <Section title={t('zones')}>
        <Zones {...part} known={saved.zones.map((zone) => zone.name)} />
      </Section>
      {changed && (
        <div className="sticky bottom-0 flex flex-wrap items-center gap-2 border-t border-line bg-canvas py-3">
          <span role="status" className="mr-auto text-ink-2">
            {t('changed')}
          </span>
          <Button onClick={() => setPolicy(saved)}>{t('discard')}</Button>
          <Button variant="primary" onClick={() => setReviewing(true)}>
            {t('save')}
          </Button>
        </div>
      )}
      {reviewing && <SaveDialog policy={policy} onClose={() => setReviewing(false)} />}
    </div>
  );
}
