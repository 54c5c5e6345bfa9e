import { useQuery } from '@tanstack/react-query';
import { modelsQuery } from '@/api/queries';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { Field, Textarea } from '@/ui/field';
import { Notice } from '@/ui/notice';
import { Select } from '@/ui/select';
import { words } from '../words';
import { type Row, takesJson } from './expectations';
import { JsonEditor } from './JsonEditor';

interface Props {
  row: Row;
  error: string | undefined;
  onChange(row: Row): void;
}

const ROWS = { contains: 2, equals: 3, judge: 3 };

/** What is compared with: words, JSON, a schema, or what a judge is told. */
export function ExpectValue({ row, error, onChange }: Props) {
  const t = useT(words);
  const { kind } = row;
  if (takesJson(kind)) {
    return (
      <Field label={t(`value_${kind}`)} error={error}>
        {(control) => (
          <JsonEditor
            control={control}
            label={t(`value_${kind}`)}
            value={row.json}
            onChange={(json) => onChange({ ...row, json })}
          />
        )}
      </Field>
    );
  }
  const written = kind as keyof typeof ROWS;
  return (
    <div className="flex flex-col gap-3">
      <Field
        label={t(`value_${written}`)}
        error={error}
        help={kind === 'contains' ? t(row.not ? 'containsNotHelp' : 'containsHelp') : undefined}
      >
        {(control) => (
          <Textarea
            {...control}
            rows={ROWS[written]}
            maxLength={10_000}
            value={row.text}
            placeholder={t(`value_${written}_example`)}
            onChange={(event) => onChange({ ...row, text: event.target.value })}
          />
        )}
      </Field>
      {kind === 'judge' && <JudgeModel value={row.model} onChange={(model) => onChange({ ...row, model })} />}
    </div>
  );
}

function JudgeModel({ value, onChange }: { value: string; onChange(model: string): void }) {
  const t = useT(words);
  const c = useCommon();
  const { data } = useQuery(modelsQuery);
  // The built-in offline model judges nothing.
  const models = (data?.items ?? []).filter((model) => model.kind === 'chat' && !model.offline);
  const names = [...new Set([...models.map((model) => model.name), value])].filter(Boolean);
  return (
    <>
      {data && models.length === 0 && <Notice title={t('noJudge')}>{t('noJudgeHint')}</Notice>}
      {names.length > 0 && (
        <Field label={t('judgeModel')} mark={c('optional')} className="max-w-xs">
          {(control) => (
            <Select
              {...control}
              value={value}
              onChange={onChange}
              options={[{ value: '', label: t('firstModel') }, ...names.map((name) => ({ value: name, label: name }))]}
            />
          )}
        </Field>
      )}
    </>
  );
}
