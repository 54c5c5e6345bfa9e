import { useQuery } from '@tanstack/react-query';
import { FlaskConical } from 'lucide-react';
import { useMemo } from 'react';
import { draftQuery, nodeTypesQuery } from '@/api/queries';
import type { App, EvaluationSummary, TestCase } from '@/api/types';
import { TypeTile } from '@/canvas/view/TypeTile';
import { useT, useText } from '@/i18n';
import { useCan } from '@/lib/session';
import { Button } from '@/ui/button';
import { Empty } from '@/ui/empty';
import { Field } from '@/ui/field';
import { ErrorNotice, Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { Loading } from '@/ui/spinner';
import { usePlace } from '../place';
import { words } from '../words';
import { tunableNodes } from './nodes';
import { Workbench } from './Workbench';

interface Props {
  app: App;
  cases: TestCase[] | undefined;
  evaluations: EvaluationSummary[] | undefined;
}

/** Variants of one node of the draft, tried with the test cases side by side. */
export default function TuningTab({ app, cases, evaluations }: Props) {
  const t = useT(words);
  const text = useText();
  const can = useCan();
  const { place, go } = usePlace();
  const draft = useQuery(draftQuery(app.id));
  const catalogue = useQuery(nodeTypesQuery);
  const types = useMemo(() => new Map(catalogue.data?.types.map((type) => [type.type, type])), [catalogue.data]);
  const failed = [draft, catalogue].find((query) => query.isError);
  if (failed) return <ErrorNotice error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!draft.data || !catalogue.data || !cases) return <Loading />;
  if (!can('app.write') || !can('run.debug')) return <Notice>{t('tuningNotAllowed')}</Notice>;
  const nodes = tunableNodes(draft.data.graph, types);
  const chosen = nodes.find((one) => one.path === place.node) ?? (place.node ? undefined : nodes[0]);
  if (!nodes.length) {
    return (
      <Empty icon={FlaskConical} title={t('nothingToTune')}>
        {t('nothingToTuneHint')}
      </Empty>
    );
  }
  if (!cases.length) {
    return (
      <Empty
        icon={FlaskConical}
        title={t('tuningNoCases')}
        actions={
          <Button variant="primary" onClick={() => go({ tab: 'cases', node: '' })}>
            {t('toCases')}
          </Button>
        }
      >
        {t('tuningNoCasesHint')}
      </Empty>
    );
  }
  const type = types.get(chosen?.node.type ?? '');
  const title = (one: (typeof nodes)[number]) => one.node.title || text(types.get(one.node.type)?.label) || one.path;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex items-end gap-3">
        {type && (
          <span className="mb-0.5 max-sm:mb-1.5">
            <TypeTile type={type} />
          </span>
        )}
        <Field label={t('nodeToTune')} className="w-80 max-w-full">
          {(control) => (
            <Select
              {...control}
              value={chosen?.path ?? ''}
              placeholder={t('chooseNode')}
              onChange={(path) => go({ tab: 'tuning', node: path, evaluation: '' })}
              options={nodes.map((one) => ({ value: one.path, label: `${title(one)} (${one.path})` }))}
            />
          )}
        </Field>
      </div>
      {!chosen && <Notice kind="warn">{t('nodeGone', { node: place.node ?? '' })}</Notice>}
      {chosen && type && (
        <Workbench
          key={chosen.path}
          app={app}
          draft={draft.data}
          placed={chosen}
          type={type}
          types={types}
          cases={cases}
          evaluations={evaluations}
        />
      )}
    </div>
  );
}
