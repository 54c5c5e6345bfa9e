/** One tool of a server: chosen or not, what it may do, and unfolded what the model is told of it. */
import { ChevronDown, Eye, type LucideIcon, PencilLine, Repeat, TriangleAlert, Unplug } from 'lucide-react';
import { useId, useState } from 'react';
import { cn } from '@/lib/cn';
import { Badge, type Tone } from '@/ui/badge';
import { IconButton } from '@/ui/icon-button';
import type { Row } from './server';
import { Told } from './Told';
import { useMcpWords } from './words';

interface Props {
  row: Row;
  /** The name that radio buttons share; null: any number may be chosen. */
  group: string | null;
  disabled?: boolean;
  /** Nothing of it can be changed. */
  fixed?: boolean;
  onToggle(on: boolean): void;
  onRepeatable(on: boolean): void;
  onTakeOver(): void;
}

export function ToolRow({ row, group, disabled, fixed, onToggle, ...act }: Props) {
  const t = useMcpWords();
  const id = useId();
  const [open, setOpen] = useState(false);
  const { tool, found, chosen } = row;
  return (
    <li className={cn('rounded-md border bg-canvas', chosen ? 'border-accent' : 'border-line')}>
      <div className="flex items-start gap-2 py-1.5 pr-1 pl-2.5">
        <input
          id={id}
          type={group ? 'radio' : 'checkbox'}
          name={group ?? undefined}
          className="mt-1 size-3.5 shrink-0 accent-accent"
          disabled={disabled}
          checked={chosen}
          aria-describedby={`${id}-about`}
          onChange={(event) => onToggle(event.target.checked)}
        />
        <div className="flex min-w-0 flex-1 flex-col gap-0.5">
          <label htmlFor={id} className="min-h-6 min-w-0 font-mono text-sm leading-6 [overflow-wrap:anywhere]">
            {tool.name}
          </label>
          <div id={`${id}-about`} className="flex flex-col gap-1">
            {!open && (found?.title || tool.description) && (
              <p className="line-clamp-2 text-sm text-ink-3 [overflow-wrap:anywhere]">
                {tool.description || found?.title}
              </p>
            )}
            <Marks row={row} />
          </div>
        </div>
        <IconButton
          icon={ChevronDown}
          size="small"
          label={t('about', { name: tool.name })}
          aria-expanded={open}
          aria-controls={`${id}-told`}
          className={cn(open && '[&>svg]:rotate-180')}
          onClick={() => setOpen(!open)}
        />
      </div>
      {open && <Told id={`${id}-told`} row={row} disabled={fixed} {...act} />}
    </li>
  );
}

function Marks({ row: { tool, found, since } }: { row: Row }) {
  const t = useMcpWords();
  const [icon, tone, word] = mark(found?.read_only === true, tool.idempotent);
  return (
    <p className="flex flex-wrap gap-1">
      <Badge icon={icon} tone={tone}>
        {t(word)}
      </Badge>
      {since === 'changed' && (
        <Badge icon={TriangleAlert} tone="warn">
          {t('changed')}
        </Badge>
      )}
      {since === 'gone' && (
        <Badge icon={Unplug} tone="bad">
          {t('gone')}
        </Badge>
      )}
    </p>
  );
}

function mark(readOnly: boolean, idempotent: boolean): [LucideIcon, Tone, 'readOnly' | 'repeatable' | 'effects'] {
  if (!idempotent) return [PencilLine, 'idle', 'effects'];
  return readOnly ? [Eye, 'idle', 'readOnly'] : [Repeat, 'idle', 'repeatable'];
}
