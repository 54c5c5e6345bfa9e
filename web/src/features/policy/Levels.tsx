import { useT } from '@/i18n';
import { Input } from '@/ui/field';
import { useLevelName } from '@/ui/level';
import type { PartProps } from './PolicyPage';
import { RowsCard } from './rows';
import { words } from './words';

/** `known`: those whose short name data may already have, so that it stays. */
export function Levels({ policy, onChange, readOnly, known }: PartProps & { known: string[] }) {
  const t = useT(words);
  const levelName = useLevelName();
  const call = (level: string, title: string) => {
    const { [level]: _, ...others } = policy.titles;
    onChange({ titles: title ? { ...others, [level]: title } : others });
  };
  return (
    <RowsCard
      hint={t('levelsHint')}
      add={t('addLevel')}
      onAdd={() => onChange({ levels: [...policy.levels, `level-${policy.levels.length + 1}`] })}
      rows={policy.levels}
      onChange={(levels) => onChange({ levels })}
      readOnly={readOnly}
      least={1}
      names={(name) => ({
        up: t('levelUp', { name }),
        down: t('levelDown', { name }),
        remove: t('remove', { name }),
      })}
    >
      {(level, index) => (
        <div className="grid grid-cols-2 gap-2">
          <Input
            aria-label={t('levelName')}
            className="font-mono text-sm"
            value={level}
            spellCheck={false}
            maxLength={64}
            disabled={readOnly || known.includes(level)}
            onChange={(event) =>
              onChange({ levels: policy.levels.map((old, at) => (at === index ? event.target.value : old)) })
            }
          />
          <Input
            aria-label={`${t('levelTitle')}: ${level}`}
            placeholder={levelName(level)}
            value={policy.titles[level] ?? ''}
            maxLength={64}
            disabled={readOnly || !level}
            onChange={(event) => call(level, event.target.value)}
          />
        </div>
      )}
    </RowsCard>
  );
}
