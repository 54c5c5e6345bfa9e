import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Combobox } from '@/canvas/panel/form/Combobox';
import { useLanguage, useT } from '@/i18n';
import { Field } from '@/ui/field';
import { namedZones, type Zone, zoneIds, zoneOf } from './times';
import { words } from './words';

interface Props {
  zone: string;
  error?: string;
  /** A row of its own. */
  wide: boolean;
  onZone(zone: string): void;
}

const optionOf = ({ id, label, offset }: Zone) => ({
  value: id,
  label,
  group: '',
  mark: <span className="figures">{offset}</span>,
});

/** A zone by its place, its name in the page's language, or what it is off UTC. */
export function ZoneField({ zone, error, wide, onZone }: Props) {
  const t = useT(words);
  const language = useLanguage();
  const { data: named } = useQuery({
    queryKey: ['zones', language],
    queryFn: () => namedZones(language),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  const options = useMemo(() => {
    const all = named ?? zoneIds().map((id) => ({ id, label: id.replaceAll('_', ' '), offset: '' }));
    // The chosen one has its name from the start; the server may know zones that this browser does not.
    const chosen = zoneOf(zone, language);
    const known = all.some(({ id }) => id === zone) ? all : [chosen, ...all];
    return known.map((one) => optionOf(one.id === zone ? chosen : one));
  }, [named, zone, language]);
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
