// biome-ignore-all lint/a11y/useSemanticElements: see Grid
// biome-ignore-all lint/a11y/useFocusableInteractive: see Grid
import { ChevronRight, Pencil } from 'lucide-react';
import { memo } from 'react';
import { useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { words } from '../words';
import { CellView } from './CellView';
import { type GridRow, sameCells } from './grid';

interface Props {
  row: GridRow;
  open: boolean;
  onToggle(id: string): void;
  nameOf(variant: number): string;
  onCase?(id: string): void;
}

/** One case with each variant; while an evaluation goes on only rows whose cells have changed are drawn again. */
export const Row = memo(
  function Row({ row, open, onToggle, nameOf, onCase }: Props) {
    const t = useT(words);
    const [first] = row.cells;
    return (
      <>
        <div role="rowheader" className="min-w-0 bg-surface px-1.5 py-2 sm:sticky sm:left-0 sm:z-10">
          <button
            type="button"
            aria-expanded={open}
            onClick={() => onToggle(row.id)}
            className="flex min-h-7 w-full items-start gap-1.5 rounded-md px-1.5 py-1 text-left font-medium hover:bg-sunken"
          >
            <ChevronRight
              size={14}
              aria-hidden="true"
              className={cn('mt-0.75 shrink-0 text-ink-3 transition-transform duration-120', open && 'rotate-90')}
            />
            <span className={cn('min-w-0 break-words', !open && 'line-clamp-3')}>{row.name}</span>
          </button>
          {open && onCase && (
            <Button
              size="small"
              variant="ghost"
              icon={Pencil}
              className="ml-3"
              aria-label={t('editNamed', { name: row.name })}
              onClick={() => onCase(row.id)}
            >
              {t('edit')}
            </Button>
          )}
        </div>
        {row.cells.map((cell) => (
          <div
            key={cell.variant}
            role="cell"
            className="@container min-w-0 border-l border-line px-3 py-2.5 max-sm:border-t max-sm:border-l-0"
          >
            {row.cells.length > 1 && (
              <p className="mb-1 text-sm font-medium text-ink-2 sm:hidden">{nameOf(cell.variant)}</p>
            )}
            <CellView cell={cell} open={open} alone={row.cells.length === 1} baseRun={first?.run_id ?? null} />
          </div>
        ))}
      </>
    );
  },
  (before, now) =>
    before.open === now.open &&
    before.row.name === now.row.name &&
    before.nameOf === now.nameOf &&
    before.onCase === now.onCase &&
    before.onToggle === now.onToggle &&
    sameCells(before.row.cells, now.row.cells),
);
