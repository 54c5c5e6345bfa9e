/** A list of sentences as a text, one on each line: they may have commas. */
import { Textarea } from '@/ui/field';
import type { WidgetProps } from '../context';
import { usePlaceholder } from '../labels';
import { hintNumber } from '../schema';
import { useDraft } from '../useDraft';

const linesOf = (text: string) => [...new Set(text.split('\n').map((line) => line.trim()))].filter(Boolean);

/** A line that is still empty, or said twice, is no item yet. */
const means = (text: string, value: string) => linesOf(text).join('\n') === value;

export function LinesField({ spec, value, onChange, control }: WidgetProps) {
  const text = Array.isArray(value) ? value.join('\n') : '';
  const draft = useDraft(text, (typed) => onChange(linesOf(typed)), means);
  return (
    <Textarea
      {...control}
      rows={hintNumber(spec.hints, 'rows') ?? 3}
      value={draft.text}
      placeholder={usePlaceholder(spec)}
      onChange={(event) => draft.onChange(event.target.value)}
      onBlur={draft.flush}
    />
  );
}
