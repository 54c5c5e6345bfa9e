/** A level of the policy, or none: what that means is the field's to say. */
import { useText } from '@/i18n';
import { LevelSelect } from '@/ui/level-select';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';
import { asText } from '../schema';
import { textOf } from './Text';

export function LevelField({ spec, value, onChange, control }: WidgetProps) {
  const t = usePanelWords();
  const text = useText();
  return (
    <LevelSelect
      {...control}
      value={textOf(value)}
      none={text(asText(spec.hints.none)) || t('notSet')}
      onChange={(level) => onChange(level || undefined)}
    />
  );
}
