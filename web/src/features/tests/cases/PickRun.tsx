import { useInfiniteQuery } from '@tanstack/react-query';
import { NO_TESTS, runsQuery } from '@/api/queries';
import type { Run } from '@/api/types';
import { useFormat, useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { words } from '../words';
import { inputsInShort, short } from './say';

interface Props {
  appId: string;
  onPick(run: Run): void;
  onClose(): void;
}

/** Past runs that succeeded, to make a case of one. */
export default function PickRun({ appId, onPick, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const format = useFormat();
  const query = useInfiniteQuery(runsQuery({ app_id: appId, status: 'succeeded', kind: NO_TESTS }));
  // A node alone has not the app's inputs, and a test's run is of a case already.
  const runs = query.data?.pages
    .flatMap((page) => page.items)
    .filter((run) => run.kind === 'run' || run.kind === 'fork');
  return (
    <Drawer open onClose={onClose} title={t('pickRun')}>
      {query.isPending && <Loading />}
      {query.isError && <ErrorNotice error={query.error} className="m-4" onRetry={() => void query.refetch()} />}
      {runs?.length === 0 && !query.hasNextPage && <p className="p-4 text-ink-2">{t('noRuns')}</p>}
      <ul>
        {runs?.map((run) => (
          <li key={run.id} className="border-b border-line">
            <button
              type="button"
              onClick={() => onPick(run)}
              className="flex w-full flex-col gap-0.5 px-4 py-2.5 text-left -outline-offset-2 hover:bg-sunken"
            >
              <span className="line-clamp-2 font-medium break-words">{inputsInShort(run.inputs) || t('noInputs')}</span>
              <span className="line-clamp-2 break-words text-ink-2">{short(answerOf(run), 160)}</span>
              <span className="text-sm text-ink-3">
                {format.ago(run.created_at)} · {run.created_by}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="m-4" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {c('showMore')}
        </Button>
      )}
    </Drawer>
  );
}

function answerOf(run: Run): string {
  const [first] = Object.values(run.outputs ?? {});
  return typeof first === 'string' ? first : (JSON.stringify(first) ?? '');
}
