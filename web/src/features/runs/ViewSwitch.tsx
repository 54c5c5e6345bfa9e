import { ChartNoAxesGantt, Workflow } from 'lucide-react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from './words';

export type Look = 'steps' | 'canvas';

const LOOKS = [
  { id: 'steps', icon: ChartNoAxesGantt, word: 'asSteps' },
  { id: 'canvas', icon: Workflow, word: 'onCanvas' },
] as const;

/** The steps as a waterfall, or on the canvas with time to go through. */
export function ViewSwitch({ value, onChange }: { value: Look; onChange(look: Look): void }) {
  const t = useT(words);
  return (
    <fieldset aria-label={t('look')} className="flex rounded-md border border-line bg-surface p-0.5">
      {LOOKS.map(({ id, icon: Icon, word }) => (
        <button
          key={id}
          type="button"
          aria-pressed={value === id}
          onClick={() => onChange(id)}
          className={cn(
            'flex h-7 items-center gap-1.5 rounded-sm px-2.5 text-sm',
            value === id ? 'bg-accent-soft font-semibold text-accent' : 'text-ink-2 hover:bg-sunken',
          )}
        >
          <Icon size={14} aria-hidden="true" />
          {t(word)}
        </button>
      ))}
    </fieldset>
  );
}
