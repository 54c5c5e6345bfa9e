/** A list of short texts: Enter or a comma adds, Backspace takes the last one out, a pasted list is split. */
import { X } from 'lucide-react';
import { type ClipboardEvent, type KeyboardEvent, useState } from 'react';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';
import { usePlaceholder } from '../labels';

const SPLIT = /[\n\r\t,，、;；]+/;

export function TagsField({ spec, value, onChange, control, label }: WidgetProps) {
  const placeholder = usePlaceholder(spec);
  const texts: string[] = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  return <Tags texts={texts} onChange={onChange} control={control} label={label} placeholder={placeholder} />;
}

interface Props {
  texts: readonly string[];
  onChange(texts: string[]): void;
  control: Partial<WidgetProps['control']>;
  label: string;
  placeholder?: string;
}

export function Tags({ texts, onChange, control, label, placeholder }: Props) {
  const t = usePanelWords();
  const [typed, setTyped] = useState('');
  const add = (text: string) => {
    setTyped('');
    const fresh = text.split(SPLIT).map((one) => one.trim());
    const next = [...new Set([...texts, ...fresh.filter(Boolean)])];
    if (next.length !== texts.length) onChange(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' || event.key === ',' || event.key === '，') {
      event.preventDefault();
      add(typed);
    }
    if (event.key === 'Backspace' && typed === '' && texts.length) onChange(texts.slice(0, -1));
  };
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text');
    if (!SPLIT.test(text)) return;
    event.preventDefault();
    add(typed + text);
  };
  return (
    <div className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface p-1 focus-within:outline-2 focus-within:outline-focus hover:border-ink-3">
      {texts.map((text) => (
        <span key={text} className="flex h-6 max-w-full items-center rounded-sm bg-sunken pl-1.5 text-sm">
          <span className="truncate">{text}</span>
          <button
            type="button"
            aria-label={t('removeNamed', { name: text })}
            disabled={control.disabled}
            onClick={() => onChange(texts.filter((one) => one !== text))}
            className="grid size-6 shrink-0 place-items-center rounded-sm text-ink-3 hover:text-ink"
          >
            <X size={12} aria-hidden="true" />
          </button>
        </span>
      ))}
      <input
        {...control}
        aria-label={control['aria-labelledby'] ? undefined : label}
        value={typed}
        placeholder={texts.length ? undefined : (placeholder ?? t('tagsHint'))}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        onBlur={() => typed && add(typed)}
        className="h-6 min-w-16 flex-1 bg-transparent px-1 outline-none placeholder:text-ink-3"
      />
    </div>
  );
}
