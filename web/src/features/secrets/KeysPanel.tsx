import { useQuery } from '@tanstack/react-query';
import { CircleCheck, LockKeyhole } from 'lucide-react';
import { secretKeysQuery } from '@/api/secrets';
import { useT } from '@/i18n';
import { Card, Section } from '@/ui/page';
import { Spinner } from '@/ui/spinner';
import { words } from './words';

const POLL_MS = 3000;

/** What everything is sealed with: where the master key comes from, and whether sealing anew is under way. */
export function KeysPanel() {
  const t = useT(words);
  const { data: state } = useQuery({
    ...secretKeysQuery,
    refetchInterval: (query) => (query.state.data?.rotating ? POLL_MS : false),
  });
  if (!state) return null;
  const { current: n, old } = state.data_keys;
  const dataKeys = n ? t(old ? 'dataKeyOld' : 'dataKeyCount', { n, old }) : t('dataKeyNone');
  const source = `source_${state.kek.source}`;
  const facts: [string, string][] = [
    [t('masterKey'), source in words.en ? t(source as keyof typeof words.en) : state.kek.source],
    [t('keyId'), state.kek.id],
    [t('dataKeys'), dataKeys],
  ];
  return (
    <div className="mt-8">
      <Section title={t('sealing')}>
        <Card className="p-4">
          <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
            <span className="grid size-9 shrink-0 place-items-center rounded-md bg-accent-soft text-accent">
              <LockKeyhole size={18} aria-hidden="true" />
            </span>
            <div className="min-w-0 flex-1 basis-56">
              {state.rotating ? (
                <p role="status" className="flex items-center gap-1.5 font-semibold text-run">
                  <Spinner size={15} />
                  {t('rotating')}
                </p>
              ) : (
                <p className="flex items-center gap-1.5 font-semibold text-ok">
                  <CircleCheck size={15} aria-hidden="true" />
                  {t('sealed')}
                </p>
              )}
              <p className="text-ink-2">{t('sealedHint')}</p>
            </div>
          </div>
          <dl className="mt-3 grid grid-cols-3 gap-x-6 gap-y-2 border-t border-line pt-3 max-sm:grid-cols-1">
            {facts.map(([name, value]) => (
              <div key={name} className="min-w-0">
                <dt className="text-sm text-ink-3">{name}</dt>
                <dd className="break-words">{value}</dd>
              </div>
            ))}
          </dl>
          <p className="mt-3 text-sm text-ink-3">{t('rotateHint')}</p>
        </Card>
      </Section>
    </div>
  );
}
