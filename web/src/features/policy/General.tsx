import type { Policy } from '@/api/types';
import { useT } from '@/i18n';
import { tagsOf } from '@/lib/tags';
import { Field, Input } from '@/ui/field';
import { Card } from '@/ui/page';
import { Select } from '@/ui/select';
import { useTitle } from './names';
import type { PartProps } from './PolicyPage';
import { words } from './words';

/** What holds where no rule says otherwise, and what is said of inputs and answers. */
export function General({ policy, onChange, readOnly }: PartProps) {
  const t = useT(words);
  const title = useTitle(policy);
  const levels = policy.levels.map((one) => ({ value: one, label: title(one) }));
  const zones = policy.zones.map(({ name }) => ({ value: name, label: name }));
  const { subject } = policy;
  const label = (change: Partial<Policy['subject']['label']>) =>
    onChange({ subject: { ...subject, label: { ...subject.label, ...change } } });
  return (
    <Card className="grid grid-cols-2 gap-4 p-5 max-sm:grid-cols-1">
      <Field label={t('leaves')}>
        {({ id }) => (
          <Select
            id={id}
            value={policy.leaves_up_to}
            onChange={(leaves_up_to) => onChange({ leaves_up_to })}
            options={levels}
            disabled={readOnly}
          />
        )}
      </Field>
      <Field label={t('destination')}>
        {({ id }) => (
          <Select
            id={id}
            value={policy.destination.zone}
            onChange={(zone) => onChange({ destination: { zone } })}
            options={zones}
            disabled={readOnly}
          />
        )}
      </Field>
      <Field label={t('subject')}>
        {({ id }) => (
          <Select
            id={id}
            value={subject.zone}
            onChange={(zone) => onChange({ subject: { ...subject, zone } })}
            options={zones}
            disabled={readOnly}
          />
        )}
      </Field>
      <Field label={t('inputLevel')}>
        {({ id }) => (
          <Select
            id={id}
            value={subject.label.level}
            onChange={(level) => label({ level })}
            options={levels}
            disabled={readOnly}
          />
        )}
      </Field>
      <Field label={t('inputTags')} help={t('tagsHelp')}>
        {(props) => (
          <Input
            {...props}
            defaultValue={subject.label.tags.join(', ')}
            disabled={readOnly}
            onBlur={(event) => label({ tags: tagsOf(event.target.value) })}
          />
        )}
      </Field>
    </Card>
  );
}
