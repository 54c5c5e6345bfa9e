import { useQuery } from '@tanstack/react-query';
import { triggersQuery } from '@/api/queries';
import { useT } from '@/i18n';
import { Select } from '@/ui/select';
import { words } from './words';

interface Props {
  appId: string;
  /** The id of a trigger; empty: whatever started the run. */
  value: string;
  onChange(trigger: string): void;
}

/** Only the runs of one trigger of an app. Not there for an app that has none. */
export function StartedBy({ appId, value, onChange }: Props) {
  const t = useT(words);
  const { data: triggers } = useQuery(triggersQuery(appId));
  if (!triggers || (!triggers.length && !value)) return null;
  const options = triggers.map(({ id, name }) => ({ value: id, label: name }));
  const gone = value && !triggers.some(({ id }) => id === value) ? [{ value, label: t('goneTrigger') }] : [];
  return (
    <Select
      label={t('startedBy')}
      className="w-48! max-sm:w-full!"
      value={value}
      onChange={onChange}
      options={[{ value: '', label: t('byAnything') }, ...options, ...gone]}
    />
  );
}
