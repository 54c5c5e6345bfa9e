import { FlaskConical, History as HistoryIcon, ListChecks, Play } from 'lucide-react';
import { type ReactNode, useCallback, useState } from 'react';
import type { Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Drawer } from '@/ui/dialog';
import { Empty } from '@/ui/empty';
import { ErrorNotice } from '@/ui/notice';
import { Loading } from '@/ui/spinner';
import { useEvaluation, type useEvaluations } from '../evaluations';
import { usePlace } from '../place';
import { words } from '../words';
import { FilterSwitch } from './FilterSwitch';
import { Grid } from './Grid';
import type { Filter } from './grid';
import { History } from './History';
import { useVariantName } from './names';
import { Summary } from './Summary';
import { VariantHead } from './VariantHead';

interface Props {
  evaluations: ReturnType<typeof useEvaluations>;
  /** There is no case to run. */
  empty: boolean;
  onRun(): void;
}

export function ResultsTab({ evaluations, empty, onRun }: Props) {
  const t = useT(words);
  const can = useCan();
  const { place, go } = usePlace();
  const [listed, setListed] = useState(false);
  const list = evaluations.data ?? [];
  const shownId = place.evaluation ?? list[0]?.id;
  const shown = useEvaluation(shownId);
  const show = (id: string) => {
    setListed(false);
    go({ tab: 'results', evaluation: id });
  };
  if (evaluations.isPending) return <Loading />;
  if (evaluations.isError) {
    return <ErrorNotice error={evaluations.error} onRetry={() => void evaluations.refetch()} />;
  }
  if (!shownId) {
    return (
      <Empty
        icon={ListChecks}
        title={t('noResults')}
        actions={
          empty ? (
            <Button variant="primary" onClick={() => go({ tab: 'cases' })}>
              {t('toCases')}
            </Button>
          ) : (
            can('run.create') && (
              <Button variant="primary" icon={Play} onClick={onRun}>
                {t('runAll')}
              </Button>
            )
          )
        }
      >
        {empty ? t('noResultsNoCases') : t('noResultsHint')}
      </Empty>
    );
  }
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_264px] items-start gap-5 max-xl:grid-cols-1">
      <section aria-label={t('results')} className="flex min-w-0 flex-col gap-3">
        {shown.isError && <ErrorNotice error={shown.error} onRetry={() => void shown.refetch()} />}
        {shown.isPending && <Loading />}
        {shown.data && (
          <Shown
            key={shown.data.id}
            evaluation={shown.data}
            history={
              <Button size="small" icon={HistoryIcon} className="xl:hidden" onClick={() => setListed(true)}>
                {t('history')}
              </Button>
            }
          />
        )}
      </section>
      <aside aria-label={t('history')} className="flex max-h-[calc(100dvh-14rem)] min-h-0 flex-col max-xl:hidden">
        <h2 className="mb-2 text-sm font-semibold text-ink-2">{t('history')}</h2>
        <History evaluations={list} shownId={shownId} onShow={show} />
      </aside>
      <Drawer open={listed} onClose={() => setListed(false)} title={t('history')}>
        <div className="p-3">
          <History evaluations={list} shownId={shownId} onShow={show} />
        </div>
      </Drawer>
    </div>
  );
}

function Shown({ evaluation, history }: { evaluation: Evaluation; history: ReactNode }) {
  const t = useT(words);
  const { go } = usePlace();
  const [filter, setFilter] = useState<Filter>('all');
  const nameOf = useVariantName(evaluation);
  const openCase = useCallback((id: string) => go({ tab: 'cases', case: id }), [go]);
  const { variants, status, node } = evaluation;
  return (
    <>
      <Summary evaluation={evaluation} />
      <div className="flex flex-wrap items-center gap-2">
        <FilterSwitch value={filter} onChange={setFilter} evaluation={evaluation} />
        {history}
        {node !== null && (
          <Button
            size="small"
            icon={FlaskConical}
            onClick={() => go({ tab: 'tuning', node, evaluation: evaluation.id })}
          >
            {t('openTuning')}
          </Button>
        )}
      </div>
      <Grid
        evaluation={evaluation}
        filter={filter}
        nameOf={nameOf}
        onCase={openCase}
        head={(at) => {
          const variant = variants[at];
          if (!variant) return null;
          if (variants.length === 1) return <span className="text-sm font-medium text-ink-2">{t('result')}</span>;
          return (
            <VariantHead
              name={nameOf(at)}
              status={status}
              sums={variant.sums}
              base={at ? (variants[0]?.sums ?? null) : null}
            />
          );
        }}
      />
    </>
  );
}
