import { Check, Pencil } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { App, Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { usePlace } from '../place';
import { FilterSwitch } from '../results/FilterSwitch';
import { Grid } from '../results/Grid';
import type { Filter } from '../results/grid';
import { useVariantName } from '../results/names';
import { Summary } from '../results/Summary';
import { VariantHead } from '../results/VariantHead';
import { words } from '../words';
import { AdoptedNotice } from './Adopted';
import { useAdopt } from './useAdopt';
import { triedIn } from './useVariants';
import { areDrafts, type Draft, setDrafts } from './variants';

interface Props {
  app: App;
  path: string;
  evaluation: Evaluation | undefined;
  /** The variants that are being written, which may be others by now. */
  draftsKey: string;
  drafts: readonly Draft[];
}

/** How the variants came out side by side, and the way to make one of them the node. */
export function Outcome({ app, path, evaluation, draftsKey, drafts }: Props) {
  const t = useT(words);
  const { go } = usePlace();
  const [filter, setFilter] = useState<Filter>('all');
  const nameOf = useVariantName(evaluation);
  const adoption = useAdopt(app.id);
  const openCase = useCallback((id: string) => go({ tab: 'cases', case: id }), [go]);
  if (!evaluation) return null;
  const { variants, status } = evaluation;
  return (
    <section aria-label={t('results')} className="flex flex-col gap-3 border-t border-line pt-5">
      <Summary evaluation={evaluation} />
      <AdoptedNotice appId={app.id} path={path} adoption={adoption} />
      <div className="flex flex-wrap items-center gap-2">
        <FilterSwitch value={filter} onChange={setFilter} evaluation={evaluation} />
        {!areDrafts(triedIn(evaluation), drafts) && (
          <Button size="small" icon={Pencil} onClick={() => setDrafts(draftsKey, triedIn(evaluation))}>
            {t('takeVariants')}
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
          return (
            <VariantHead
              name={nameOf(at)}
              status={status}
              sums={variant.sums}
              base={at ? (variants[0]?.sums ?? null) : null}
            >
              {at > 0 && (
                <Button
                  size="small"
                  icon={Check}
                  className="mt-1 self-start"
                  aria-label={t('useNamed', { name: nameOf(at) })}
                  busy={adoption.adopt.isPending}
                  onClick={() => adoption.adopt.mutate({ path, name: nameOf(at), change: variant.config })}
                >
                  {t('useThis')}
                </Button>
              )}
            </VariantHead>
          );
        }}
      />
    </section>
  );
}
