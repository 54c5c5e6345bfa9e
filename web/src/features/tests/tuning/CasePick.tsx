import { ChevronDown } from 'lucide-react';
import { Popover } from 'radix-ui';
import type { TestCase } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { words } from '../words';

interface Props {
  cases: readonly TestCase[];
  /** Null: all of them, those to come too. */
  value: readonly string[] | null;
  onChange(ids: string[] | null): void;
}

/** Which cases the variants are tried with. */
export function CasePick({ cases, value, onChange }: Props) {
  const t = useT(words);
  const chosen = value ?? cases.map((one) => one.id);
  const toggle = (id: string) => {
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    onChange(next.length === cases.length ? null : next);
  };
  const count = cases.filter((one) => chosen.includes(one.id)).length;
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <Button>
          {value === null ? t('allCases', { n: cases.length }) : t('someCases', { n: count, all: cases.length })}
          <ChevronDown size={15} aria-hidden="true" className="text-ink-3" />
        </Button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          aria-label={t('chooseCases')}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className="enter-fade z-50 flex max-h-80 w-80 max-w-[calc(100vw-16px)] flex-col rounded-lg border border-line bg-surface shadow-raised"
        >
          <div className="flex gap-1 border-b border-line p-1.5">
            <Button size="small" variant="ghost" onClick={() => onChange(null)}>
              {t('takeAll')}
            </Button>
            <Button size="small" variant="ghost" onClick={() => onChange([])}>
              {t('takeNone')}
            </Button>
          </div>
          <ul className="overflow-y-auto p-1.5">
            {cases.map((one) => (
              <li key={one.id}>
                <label className="flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1 hover:bg-sunken">
                  <input
                    type="checkbox"
                    checked={chosen.includes(one.id)}
                    onChange={() => toggle(one.id)}
                    className="size-4 shrink-0 accent-accent"
                  />
                  <span className="min-w-0 break-words">{one.name}</span>
                </label>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
