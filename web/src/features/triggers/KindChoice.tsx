import { useId } from 'react';
import type { TriggerKind } from '@/api/types';
import { useT } from '@/i18n';
import { Choice } from '@/ui/choice';
import { KINDS } from './kinds';
import { words } from './words';

export function KindChoice({ kind, onKind }: { kind: TriggerKind; onKind(kind: TriggerKind): void }) {
  const t = useT(words);
  const name = useId();
  return (
    <fieldset className="grid grid-cols-2 gap-2 max-sm:grid-cols-1">
      <legend className="mb-1 text-sm font-medium text-ink-2">{t('kind')}</legend>
      {KINDS.map((one) => (
        <Choice
          key={one}
          name={name}
          checked={kind === one}
          onChoose={() => onKind(one)}
          label={t(one)}
          hint={t(`${one}Hint`)}
        />
      ))}
    </fieldset>
  );
}
