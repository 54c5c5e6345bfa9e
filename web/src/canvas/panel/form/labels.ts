/** Words for fields and choices that a schema gives no words for in both languages. */
import { useMemo } from 'react';
import { type Text, useText } from '@/i18n';
import { usePanelWords, words } from '../words';
import { asText, type Choice, type FieldSpec } from './schema';

type Word = keyof typeof words.en;

const wordOf = (key: string): Word | null => (Object.hasOwn(words.en, key) ? (key as Word) : null);

/** The hint's label, our word for a common name, the schema's title (English, as Pydantic makes it), the name. */
export function useFieldLabel(): (spec: FieldSpec) => string {
  const t = usePanelWords();
  const text = useText();
  return useMemo(
    () => (spec) => {
      if (spec.label) return text(spec.label);
      const word = wordOf(`field_${spec.name}`);
      return word ? t(word) : text(asText(spec.schema.title)) || spec.name;
    },
    [t, text],
  );
}

/** Words for values that many forms share, such as types and operators; others show as they are. */
export function useChoiceLabel(): (choice: Choice) => string {
  const t = usePanelWords();
  const text = useText();
  return useMemo(
    () => (choice) => {
      const word = choice.label === choice.value ? wordOf(`option_${choice.value}`) : null;
      return word ? t(word) : text(choice.label as Text);
    },
    [t, text],
  );
}

/** An example of what to write: the hint's, else the value that holds while nothing is written. */
export function usePlaceholder(spec: FieldSpec): string | undefined {
  const text = useText();
  if (spec.placeholder) return text(spec.placeholder);
  return typeof spec.fallback === 'string' || typeof spec.fallback === 'number' ? String(spec.fallback) : undefined;
}
