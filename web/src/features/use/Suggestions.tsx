import { useInfiniteQuery } from '@tanstack/react-query';
import { CornerDownLeft, MessageSquareText } from 'lucide-react';
import { textsOf } from '@/answer/fields';
import { NO_TESTS, runsQuery } from '@/api/queries';
import type { InputField } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Empty } from '@/ui/empty';
import { questionIn } from './asked';
import { words } from './words';

const MOST = 4;

interface Props {
  appId: string;
  fields: InputField[];
  onPick(texts: Record<string, string>): void;
}

/** Before the first question: what will be here, and what was asked of this app before, to begin from. */
export function Suggestions({ appId, fields, onPick }: Props) {
  const t = useT(words);
  const can = useCan();
  const { data } = useInfiniteQuery({
    ...runsQuery({ app_id: appId, status: 'succeeded', kind: NO_TESTS }),
    enabled: can('run.read') && fields.length > 0,
  });
  const runs = new Map(
    (data?.pages[0]?.items ?? [])
      .map((run) => [questionIn(run.inputs), run] as const)
      .filter(([question]) => question)
      .toReversed(), // the newest of the same words stays
  );
  const suggested = [...runs].toReversed().slice(0, MOST);
  return (
    <Empty icon={MessageSquareText} title={t('emptyTitle')}>
      {t('emptyHint')}
      {suggested.length > 0 && (
        <section aria-label={t('askedBefore')} className="mt-5 text-left">
          <h3 className="mb-1.5 text-sm font-semibold text-ink-3">{t('askedBefore')}</h3>
          <ul className="flex flex-col gap-1.5">
            {suggested.map(([question, run]) => (
              <li key={run.id}>
                <button
                  type="button"
                  onClick={() => onPick(textsOf(fields, run.inputs))}
                  className="flex min-h-9 w-full items-center gap-2 rounded-md border border-line bg-surface px-3 py-1.5 text-left text-base text-ink hover:border-line-strong max-sm:min-h-11"
                >
                  <span className="line-clamp-2 min-w-0 flex-1 break-words">{question}</span>
                  <CornerDownLeft size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Empty>
  );
}
