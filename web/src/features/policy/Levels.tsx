import { Plus } from 'lucide-react';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { Input } from '@/ui/field';
import { useLevelName } from '@/ui/level';
import { Card } from '@/ui/page';
import type { PartProps } from './PolicyPage';
import { Rows } from './rows';
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
    <Card className="p-5">
      <p className="mb-2 max-w-2xl text-ink-2">{t('levelsHint')}</p>
      <Rows
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
      </Rows>
      {!readOnly && (
        <Button
          size="small"
          icon={Plus}
          className="mt-2"
          onClick={() => onChange({ levels: [...policy.levels, `level-${policy.levels.length + 1}`] })}
        >
          {t('addLevel')}
        </Button>
      )}
    </Card>
  );
}
