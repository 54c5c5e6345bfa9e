import { describe, expect, it } from 'vitest';
import type { Cell, CellState } from '@/api/types';
import { filtered, rowsOf, sameCells } from './grid';

const cell = (case_id: string, variant: number, state: CellState): Cell => ({
  case_id,
  variant,
  state,
  run_id: null,
  checks: [],
  output: '',
  error: null,
  tokens_in: 0,
  tokens_out: 0,
  ms: null,
  models: [],
  offline: false,
});

const evaluation = {
  cases: [
    { id: 'a', name: 'A' },
    { id: 'b', name: 'B' },
  ],
  cells: [cell('b', 1, 'failed'), cell('a', 0, 'passed'), cell('a', 1, 'passed'), cell('b', 0, 'passed')],
};

describe('the grid of an evaluation', () => {
  it('has the cases in their order and the variants in theirs', () => {
    const rows = rowsOf(evaluation);
    expect(rows.map((row) => [row.name, ...row.cells.map((one) => one.state)])).toEqual([
      ['A', 'passed', 'passed'],
      ['B', 'passed', 'failed'],
    ]);
  });
  it('can be narrowed to what did not pass or where variants differ', () => {
    const rows = rowsOf(evaluation);
    expect(filtered(rows, 'bad').map((row) => row.id)).toEqual(['b']);
    expect(filtered(rows, 'differs').map((row) => row.id)).toEqual(['b']);
    expect(filtered(rows, 'all')).toHaveLength(2);
  });
  it('knows a row that has not changed', () => {
    const [a, b] = rowsOf(evaluation);
    expect(sameCells(a?.cells ?? [], [...(a?.cells ?? [])])).toBe(true);
    expect(sameCells(a?.cells ?? [], b?.cells ?? [])).toBe(false);
  });
});
