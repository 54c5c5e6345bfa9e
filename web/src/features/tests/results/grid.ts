/** An evaluation as a grid: a row for each case, a cell for each variant. Pure. */
import type { Cell, Evaluation } from '@/api/types';

export interface GridRow {
  id: string;
  name: string;
  cells: Cell[];
}

export type Filter = 'all' | 'bad' | 'differs';

export function rowsOf({ cases, cells }: Pick<Evaluation, 'cases' | 'cells'>): GridRow[] {
  const byCase = new Map<string, Cell[]>();
  for (const cell of cells) {
    const row = byCase.get(cell.case_id);
    if (row) row[cell.variant] = cell;
    else {
      const fresh: Cell[] = [];
      fresh[cell.variant] = cell;
      byCase.set(cell.case_id, fresh);
    }
  }
  return cases.map(({ id, name }) => ({ id, name, cells: byCase.get(id) ?? [] }));
}

const isBad = (cell: Cell) => cell.state === 'failed' || cell.state === 'error' || cell.state === 'unjudged';

export function filtered(rows: readonly GridRow[], filter: Filter): GridRow[] {
  if (filter === 'bad') return rows.filter((row) => row.cells.some(isBad));
  if (filter === 'differs') return rows.filter((row) => row.cells.some((cell) => cell.state !== row.cells[0]?.state));
  return [...rows];
}

/** The same cells: a row that need not be drawn again. */
export const sameCells = (a: readonly Cell[], b: readonly Cell[]) =>
  a.length === b.length && a.every((cell, at) => cell === b[at]);
