/** A list that is edited in place: a card with rows, each with what moves and removes it, and a button for one more. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { Card } from '@/ui/page';

interface Names {
  up?: string;
  down?: string;
  remove: string;
}

interface CardProps<Row> extends Props<Row> {
  hint: string;
  add: string;
  onAdd(): void;
  /** Said where there are no rows. */
  empty?: string;
  /** What opens over the page. */
  dialog?: ReactNode;
}

export function RowsCard<Row>({ hint, add, onAdd, empty, dialog, ...rows }: CardProps<Row>) {
  return (
    <Card className="p-5">
      <p className="mb-2 max-w-2xl text-ink-2">{hint}</p>
      {!rows.rows.length && empty && <p className="py-2 text-ink-3">{empty}</p>}
      <Rows {...rows} />
      {!rows.readOnly && (
        <Button size="small" icon={Plus} className="mt-2" onClick={onAdd}>
          {add}
        </Button>
      )}
      {dialog}
    </Card>
  );
}

interface Props<Row> {
  rows: Row[];
  onChange(rows: Row[]): void;
  names(row: Row, index: number): Names;
  children(row: Row, index: number): ReactNode;
  readOnly: boolean;
  /** Rows that can't be removed. */
  least?: number;
}

function Rows<Row>({ rows, onChange, names, children, readOnly, least = 0 }: Props<Row>) {
  const move = (from: number, to: number) => {
    const next = [...rows];
    next.splice(to, 0, ...next.splice(from, 1));
    onChange(next);
  };
  return (
    <ul className="divide-y divide-line">
      {rows.map((row, index) => {
        const said = names(row, index);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row has no other identity while its name is typed
          <li key={index} className="flex items-center gap-2 py-2 max-sm:flex-wrap max-sm:justify-end max-sm:gap-y-1">
            <div className="min-w-0 flex-1 max-sm:basis-full">{children(row, index)}</div>
            {!readOnly && said.up && (
              <IconButton
                icon={ArrowUp}
                size="small"
                label={said.up}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              />
            )}
            {!readOnly && said.down && (
              <IconButton
                icon={ArrowDown}
                size="small"
                label={said.down}
                disabled={index === rows.length - 1}
                onClick={() => move(index, index + 1)}
              />
            )}
            {!readOnly && (
              <IconButton
                icon={Trash2}
                size="small"
                label={said.remove}
                disabled={rows.length <= least}
                onClick={() => onChange(rows.filter((_, at) => at !== index))}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
