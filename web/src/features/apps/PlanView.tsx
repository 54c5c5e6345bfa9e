import { useQuery } from '@tanstack/react-query';
import { datasetsQuery, modelsQuery } from '@/api/queries';
import type { Bindings, Plan } from '@/api/types';
import { useT, useText } from '@/i18n';
import { Field } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { words } from './words';

/** What a template still needs: a choice for each model and dataset, and what stands in its way. */
export function PlanView({ plan, onBind }: { plan: Plan; onBind(bindings: Bindings): void }) {
  const t = useT(words);
  const text = useText();
  const models = useQuery(modelsQuery);
  const datasets = useQuery(datasetsQuery);
  const roles = (kind: 'model' | 'dataset') => [
    ...new Set([
      ...Object.keys(kind === 'model' ? plan.bindings.models : plan.bindings.datasets),
      ...plan.missing.filter((one) => one.kind === kind).map((one) => one.role),
    ]),
  ];
  const missing = (kind: string, role: string) =>
    plan.missing.find((one) => one.kind === kind && one.role === role)?.message;
  const blocked = plan.missing.filter((one) => one.kind === 'node_type' || one.kind === 'secret');
  const modelOptions = (models.data?.items ?? []).map((model) => ({
    value: model.name,
    label: model.name,
    hint: text(model.label) === model.name ? undefined : text(model.label),
  }));
  const datasetOptions = (datasets.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <div className="flex flex-col gap-3">
      {plan.ok && <Notice>{t('planReady')}</Notice>}
      {blocked.length > 0 && (
        <Notice kind="bad" title={t('planBlocked')}>
          <ul className="list-disc pl-4">
            {blocked.map((one) => (
              <li key={one.pointer}>{text(one.message)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {plan.forbidden.length > 0 && (
        <Notice kind="bad" title={t('forbidden')}>
          <ul className="list-disc pl-4">
            {plan.forbidden.map((one) => (
              <li key={`${one.code}${one.pointer}`}>{text(one.message)}</li>
            ))}
          </ul>
        </Notice>
      )}
      {!plan.ok && blocked.length === 0 && plan.missing.length > 0 && (
        <Notice kind="warn">{t('planMissing', { n: plan.missing.length })}</Notice>
      )}
      {roles('model').map((role) => (
        <Field key={role} label={t('modelFor', { role })} help={text(missing('model', role))}>
          {(props) => (
            <Select
              id={props.id}
              aria-describedby={props['aria-describedby']}
              value={plan.bindings.models[role] ?? ''}
              placeholder={t('choose')}
              options={modelOptions}
              onChange={(name) => onBind({ ...plan.bindings, models: { ...plan.bindings.models, [role]: name } })}
            />
          )}
        </Field>
      ))}
      {roles('dataset').map((role) => (
        <Field key={role} label={t('datasetFor', { role })} help={text(missing('dataset', role))}>
          {(props) => (
            <Select
              id={props.id}
              aria-describedby={props['aria-describedby']}
              value={plan.bindings.datasets[role] ?? ''}
              placeholder={t('choose')}
              options={datasetOptions}
              onChange={(id) => onBind({ ...plan.bindings, datasets: { ...plan.bindings.datasets, [role]: id } })}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
