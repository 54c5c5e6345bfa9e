/** A field of several short texts. Enter, comma, space and leaving the field make what is typed one more; Backspace in the empty field takes the last. */
import { X } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { type ControlProps, control } from './field';

interface Props extends Partial<ControlProps> {
  value: string[];
  onChange(value: string[]): void;
  placeholder?: string;
  /** What each is called by assistive technology is what it says; they are read as code. */
  mono?: boolean;
}

const BREAKS = /[\s,，、;；]+/;

export function Chips({ value, onChange, placeholder, mono, ...rest }: Props) {
  const t = useCommon();
  const [typed, setTyped] = useState('');
  const take = (text: string) => {
    setTyped('');
    const more = text.split(BREAKS).filter(Boolean);
    if (more.length) onChange([...new Set([...value, ...more])]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && typed.trim()) {
      event.preventDefault();
      take(typed);
    } else if (event.key === 'Backspace' && !typed && value.length) {
      onChange(value.slice(0, -1));
    }
  };
  return (
    <div
      className={cn(
        control,
        'flex h-auto! min-h-8 flex-wrap items-center gap-1 p-1! max-sm:min-h-10 has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-focus has-[input[aria-invalid]]:border-bad',
      )}
    >
      {value.map((one) => (
        <span
          key={one}
          className="inline-flex max-w-full items-center rounded-sm bg-accent-soft pl-1.5 text-sm text-accent"
        >
          <span className={cn('truncate', mono && 'font-mono')}>{one}</span>
          <button
            type="button"
            aria-label={`${t('delete')}: ${one}`}
            className="grid size-6 shrink-0 place-items-center rounded-sm -outline-offset-2 hover:bg-accent/15"
            onClick={() => onChange(value.filter((other) => other !== one))}
          >
            <X size={12} aria-hidden="true" />
          </button>
        </span>
      ))}
      <input
        {...rest}
        value={typed}
        placeholder={value.length ? undefined : placeholder}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) =>
          BREAKS.test(event.target.value) ? take(event.target.value) : setTyped(event.target.value)
        }
        onKeyDown={onKeyDown}
        onBlur={() => take(typed)}
        className={cn(
          'h-6 min-w-24 flex-1 bg-transparent px-1.5 outline-none placeholder:text-ink-3',
          mono && 'font-mono text-sm',
        )}
      />
    </div>
  );
}
