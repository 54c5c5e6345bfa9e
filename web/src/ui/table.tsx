import type { ReactNode } from 'react';
import { cn } from '@/lib/cn';

export interface Column<Row> {
  id: string;
  title: ReactNode;
  cell(row: Row): ReactNode;
  align?: 'left' | 'right';
  className?: string;
  /** Left out of the card that a row becomes on a phone. */
  phone?: boolean;
}

interface Props<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey(row: Row): string;
}

/** A plain table; below 640 px each row becomes a card. The first column heads the card. */
export function Table<Row>({ label, columns, rows, rowKey }: Props<Row>) {
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface max-sm:border-0 max-sm:bg-transparent">
      <table aria-label={label} className="w-full border-collapse text-left max-sm:block">
        <thead className="bg-sunken text-sm text-ink-2 max-sm:sr-only">
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={cn('h-8 px-3 font-medium whitespace-nowrap', column.align === 'right' && 'text-right')}
              >
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:flex max-sm:flex-col max-sm:gap-2">
          {rows.map((row) => (
            <tr
              key={rowKey(row)}
              className="break-inside-avoid border-t border-line first:border-t-0 hover:bg-sunken/60 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:rounded-lg max-sm:border max-sm:bg-surface max-sm:p-3 max-sm:first:border-t"
            >
              {columns.map((column, index) => (
                <td
                  key={column.id}
                  className={cn(
                    'h-10 px-3 max-sm:h-auto max-sm:p-0',
                    index === 0 && 'max-sm:w-full',
                    column.align === 'right' && 'figures text-right',
                    column.phone === false && 'max-sm:hidden',
                    column.className,
                  )}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
