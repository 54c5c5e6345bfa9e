/** Several of many: a box with a line each, and a field to find one where there are more than fit. */
import { type ReactNode, useState } from 'react';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { Input } from './field';

export interface CheckItem {
  id: string;
  label: string;
  hint?: ReactNode;
  disabled?: boolean;
}

interface Props {
  label: string;
  items: CheckItem[];
  value: readonly string[];
  onChange(ids: string[]): void;
  /** Said where there is nothing to choose from. */
  empty: string;
  className?: string;
}

const FITS = 7;

export function CheckList({ label, items, value, onChange, empty, className }: Props) {
  const t = useCommon();
  const [sought, setSought] = useState('');
  const needle = sought.trim().toLocaleLowerCase();
  const shown = items.filter((item) => item.label.toLocaleLowerCase().includes(needle));
  const toggle = (id: string) => onChange(value.includes(id) ? value.filter((one) => one !== id) : [...value, id]);
  return (
    <fieldset className={cn('min-w-0 rounded-md border border-line', className)}>
      <legend className="sr-only">{label}</legend>
      {items.length > FITS && (
        <div className="border-b border-line p-1.5">
          <Input
            type="search"
            aria-label={`${t('search')}: ${label}`}
            placeholder={t('search')}
            value={sought}
            onChange={(event) => setSought(event.target.value)}
            className="h-7!"
          />
        </div>
      )}
      {!shown.length && <p className="px-3 py-2 text-sm text-ink-3">{items.length ? t('none') : empty}</p>}
      <ul className={cn('max-h-60 overflow-y-auto p-1', !shown.length && 'hidden')}>
        {shown.map((item) => (
          <li key={item.id}>
            <label
              className={cn(
                'flex min-h-8 items-center gap-2.5 rounded-md px-2 py-1 max-sm:min-h-10',
                item.disabled ? 'text-ink-3' : 'cursor-pointer hover:bg-sunken',
              )}
            >
              <input
                type="checkbox"
                checked={value.includes(item.id)}
                disabled={item.disabled}
                onChange={() => toggle(item.id)}
                className="size-4 shrink-0 accent-accent"
              />
              <span className="min-w-0 flex-1 break-words">{item.label}</span>
              {item.hint && <span className="shrink-0 text-sm text-ink-3">{item.hint}</span>}
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
