// biome-ignore-all lint/a11y/useSemanticElements: rows placed by transform cannot be <tr>; the roles say what they are
// biome-ignore-all lint/a11y/useFocusableInteractive: cells hold buttons and links; they are not themselves controls
import { type ReactNode, useCallback, useMemo, useState } from 'react';
import type { Evaluation } from '@/api/types';
import { useT } from '@/i18n';
import { Rows, useRows } from '../rows';
import { words } from '../words';
import { type Filter, filtered, rowsOf } from './grid';
import { Row } from './Row';

const ROW = 112;
const CASE_PX = 208;
const CASE_ALONE_PX = 248;
const CELL_PX = 232;

interface Props {
  evaluation: Evaluation;
  filter: Filter;
  /** The head of a variant's column. */
  head(variant: number): ReactNode;
  /** What a variant is called. */
  nameOf(variant: number): string;
  onCase?(id: string): void;
}

/** Cases × variants. Only the rows in view are in the document; a row unfolds to all that there is to say of it. */
export function Grid({ evaluation, filter, head, nameOf, onCase }: Props) {
  const t = useT(words);
  const all = useMemo(() => rowsOf(evaluation), [evaluation]);
  const shown = useMemo(() => filtered(all, filter), [all, filter]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set());
  const toggle = useCallback(
    (id: string) =>
      setOpen((before) => {
        const next = new Set(before);
        if (!next.delete(id)) next.add(id);
        return next;
      }),
    [],
  );
  const { box, ...list } = useRows(shown, ROW);
  const count = evaluation.variants.length;
  const first = count > 1 ? CASE_PX : CASE_ALONE_PX;
  const columns = { gridTemplateColumns: `${first}px repeat(${count}, minmax(${CELL_PX}px, 1fr))` };
  const width = first + count * CELL_PX;
  if (!shown.length) return <p className="py-6 text-center text-ink-2">{t(`none_${filter}`)}</p>;
  return (
    <>
      {count > 1 && (
        // On a phone the cells of a row stand under each other, and there are no columns to have heads.
        <ul aria-label={t('variants')} className="flex flex-col gap-2 sm:hidden">
          {evaluation.variants.map((_, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
            <li key={at} className="rounded-lg border border-line bg-surface px-3 py-2">
              {head(at)}
            </li>
          ))}
        </ul>
      )}
      <div
        ref={box}
        role="table"
        aria-label={t('results')}
        aria-rowcount={shown.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling table must be reachable by keyboard
        tabIndex={0}
        className="max-h-[max(26rem,calc(100dvh-12rem))] overflow-auto rounded-lg border border-line bg-surface -outline-offset-2"
      >
        <div style={{ minWidth: width }} className="max-sm:min-w-0!">
          <div role="rowgroup" className="sticky top-0 z-20 bg-sunken max-sm:hidden">
            <div role="row" className="grid border-b border-line" style={columns}>
              <span
                role="columnheader"
                className="flex items-center bg-sunken px-3 py-1.5 text-sm font-medium text-ink-2 sm:sticky sm:left-0 sm:z-10"
              >
                {t('case')}
              </span>
              {evaluation.variants.map((_, at) => (
                <div
                  // biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place
                  key={at}
                  role="columnheader"
                  aria-label={nameOf(at)}
                  className="min-w-0 border-l border-line px-3 py-1.5"
                >
                  {head(at)}
                </div>
              ))}
            </div>
          </div>
          <Rows list={list} role="rowgroup" className="grid max-sm:block" style={columns}>
            {(row) => <Row row={row} open={open.has(row.id)} onToggle={toggle} nameOf={nameOf} onCase={onCase} />}
          </Rows>
        </div>
      </div>
    </>
  );
}
