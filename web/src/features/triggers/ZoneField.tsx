import { useMemo } from 'react';
import { Combobox } from '@/canvas/panel/form/Combobox';
import { useLanguage, useT } from '@/i18n';
import { Field } from '@/ui/field';
import { allZones, zoneOf } from './times';
import { words } from './words';

interface Props {
  zone: string;
  error?: string;
  /** A row of its own. */
  wide: boolean;
  onZone(zone: string): void;
}

/** A zone by its place, its name in the page's language, or what it is off UTC. */
export function ZoneField({ zone, error, wide, onZone }: Props) {
  const t = useT(words);
  const language = useLanguage();
  const options = useMemo(() => {
    const all = allZones(language);
    const known = all.some(({ id }) => id === zone) ? all : [zoneOf(zone, language), ...all];
    return known.map(({ id, label, offset }) => ({
      value: id,
      label,
      group: '',
      mark: <span className="figures">{offset}</span>,
    }));
  }, [language, zone]);
  return (
    <Field label={t('zone')} error={error} className={wide ? 'col-span-full' : undefined}>
      {({ id, 'aria-describedby': describedBy }) => (
        <Combobox
          control={{ id, 'aria-describedby': describedBy, 'aria-invalid': error ? true : undefined }}
          label={t('zone')}
          value={zone}
          options={options}
          onChange={onZone}
          empty={t('noZone')}
        />
      )}
    </Field>
  );
}
