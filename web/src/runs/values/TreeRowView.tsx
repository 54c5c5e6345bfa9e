import { ChevronRight } from 'lucide-react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from '../words';
import { CopyValue } from './CopyValue';
import type { TreeRow } from './tree';

const COLORS: Partial<Record<TreeRow['kind'], string>> = {
  string: 'text-ok',
  text: 'text-ok',
  number: 'text-run',
  boolean: 'text-pause',
  null: 'text-ink-3',
};
const INDENT = 14;
const CUT = 300;

interface Props {
  id: string;
  row: TreeRow;
  open: boolean;
  active: boolean;
  top: number;
  onToggle(): void;
}

export function TreeRowView({ id, row, open, active, top, onToggle }: Props) {
  const copies = row.kind !== 'range' && row.kind !== 'line';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys; its rows are never focused
    // biome-ignore lint/a11y/useFocusableInteractive: see above
    <div
      id={id}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={row.size ? open : undefined}
      aria-selected={active}
      onClick={onToggle}
      className={cn(
        'group/row absolute inset-x-0 top-0 flex h-6 items-center gap-1 pr-1 whitespace-pre',
        row.size > 0 && 'cursor-pointer',
        active ? 'group-focus-visible/tree:bg-accent-soft' : 'hover:bg-line/50',
      )}
      style={{ transform: `translateY(${top}px)`, paddingLeft: 6 + row.depth * INDENT }}
    >
      {row.size > 0 ? (
        <ChevronRight size={13} aria-hidden="true" className={cn('shrink-0 text-ink-3', open && 'rotate-90')} />
      ) : (
        <span className="w-[13px] shrink-0" />
      )}
      {row.label !== null && <span className="shrink-0 text-ink-2">{row.label}:</span>}
      <Leaf row={row} open={open} />
      {copies && (
        // biome-ignore lint/a11y/noStaticElementInteractions: keeps a copy from folding the row
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above
        <span
          className={cn(
            'sticky right-1 ml-auto bg-sunken opacity-0 group-hover/row:opacity-100',
            active && 'group-focus-visible/tree:opacity-100',
          )}
          onClick={(event) => event.stopPropagation()}
        >
          <CopyValue value={row.value} name={row.label ?? ''} tabIndex={-1} />
        </span>
      )}
    </div>
  );
}

function Leaf({ row, open }: { row: TreeRow; open: boolean }) {
  const t = useT(words);
  const color = COLORS[row.kind];
  switch (row.kind) {
    case 'object':
      return <span className="text-ink-3">{`{ ${row.size} }`}</span>;
    case 'array':
      return <span className="text-ink-3">{`[ ${row.size} ]`}</span>;
    case 'range':
      return null;
    case 'line':
      return <span className="text-ink">{row.value as string}</span>;
    case 'text':
      if (open) return <span className="text-ink-3">{t('letters', { n: (row.value as string).length })}</span>;
      return <span className={cn('truncate', color)}>{JSON.stringify((row.value as string).slice(0, CUT))}</span>;
    case 'string':
      return <span className={cn('truncate', color)}>{JSON.stringify(row.value)}</span>;
    default:
      return <span className={color}>{String(row.value)}</span>;
  }
}
