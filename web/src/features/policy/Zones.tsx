import { useT } from '@/i18n';
import { Input } from '@/ui/field';
import type { PartProps } from './PolicyPage';
import { RowsCard } from './rows';
import { words } from './words';

export function Zones({ policy, onChange, readOnly, known }: PartProps & { known: string[] }) {
  const t = useT(words);
  const set = (index: number, change: Partial<{ name: string; description: string }>) =>
    onChange({ zones: policy.zones.map((zone, at) => (at === index ? { ...zone, ...change } : zone)) });
  return (
    <RowsCard
      hint={t('zonesHint')}
      add={t('addZone')}
      onAdd={() => onChange({ zones: [...policy.zones, { name: `zone-${policy.zones.length + 1}`, description: '' }] })}
      rows={policy.zones}
      onChange={(zones) => onChange({ zones })}
      readOnly={readOnly}
      least={1}
      names={({ name }) => ({ remove: t('remove', { name }) })}
    >
      {(zone, index) => (
        <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,2fr)] gap-2">
          <Input
            aria-label={t('zoneName')}
            className="font-mono text-sm"
            value={zone.name}
            spellCheck={false}
            maxLength={32}
            disabled={readOnly || known.includes(zone.name)}
            onChange={(event) => set(index, { name: event.target.value })}
          />
          <Input
            aria-label={`${t('zoneAbout')}: ${zone.name}`}
            placeholder={t('zoneAbout')}
            value={zone.description}
            maxLength={500}
            disabled={readOnly}
            onChange={(event) => set(index, { description: event.target.value })}
          />
        </div>
      )}
    </RowsCard>
  );
}
