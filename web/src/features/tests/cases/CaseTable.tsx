// biome-ignore-all lint/a11y/useSemanticElements: rows placed by transform cannot be <tr>; the roles say what they are
// biome-ignore-all lint/a11y/useFocusableInteractive: cells hold buttons; they are not themselves controls
import { Copy, Ellipsis, Play, Trash2 } from 'lucide-react';
import type { TestCase } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { cn } from '@/lib/cn';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem } from '@/ui/menu';
import { Rows, useRows } from '../rows';
import { StateMark } from '../state';
import { words } from '../words';
import type { LastResult } from './lastResults';
import { inputsInShort, useSay } from './say';

const ROW = 56;
const COLUMNS =
  'sm:grid sm:grid-cols-[minmax(150px,1.1fr)_minmax(140px,1.4fr)_minmax(150px,1.6fr)_150px_76px] sm:items-center sm:gap-x-4 sm:px-4 max-md:sm:grid-cols-[minmax(140px,1fr)_minmax(140px,1.2fr)_130px_76px]';
const WIDE = 'max-md:hidden';

interface Props {
  cases: TestCase[];
  last: ReadonlyMap<string, LastResult>;
  onOpen(id: string): void;
  onResult(evaluationId: string): void;
  onRun?(id: string): void;
  onCopy?(one: TestCase): void;
  onDelete?(one: TestCase): void;
}

export function CaseTable({ cases, last, ...acts }: Props) {
  const t = useT(words);
  const { box, ...list } = useRows(cases, ROW);
  return (
    <div
      role="table"
      aria-label={t('tab_cases')}
      aria-rowcount={cases.length + 1}
      className="overflow-hidden rounded-lg border border-line bg-surface"
    >
      <div role="rowgroup" className="bg-sunken text-sm font-medium text-ink-2 max-sm:sr-only">
        <div role="row" className={cn(COLUMNS, 'h-8')}>
          <span role="columnheader">{t('caseName')}</span>
          <span role="columnheader" className={WIDE}>
            {t('inputs')}
          </span>
          <span role="columnheader">{t('expected')}</span>
          <span role="columnheader">{t('lastResult')}</span>
          <span role="columnheader">
            <span className="sr-only">{t('actions')}</span>
          </span>
        </div>
      </div>
      <div
        ref={box}
        role="rowgroup"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard
        tabIndex={0}
        className="max-h-[calc(100dvh-17rem)] min-h-40 overflow-y-auto -outline-offset-2 max-sm:max-h-[calc(100dvh-15rem)]"
      >
        <Rows
          list={list}
          role="presentation"
          className={cn(
            COLUMNS,
            'hover:bg-sunken/60 max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-x-3 max-sm:gap-y-1 max-sm:p-3 sm:min-h-14 sm:py-2',
          )}
        >
          {(one) => <Cells one={one} last={last.get(one.id)} {...acts} />}
        </Rows>
      </div>
    </div>
  );
}

type CellsProps = Omit<Props, 'cases' | 'last'> & { one: TestCase; last: LastResult | undefined };

function Cells({ one, last, onOpen, onResult, onRun, onCopy, onDelete }: CellsProps) {
  const t = useT(words);
  const c = useCommon();
  const say = useSay();
  const [first, ...more] = one.expect;
  return (
    <>
      <span role="cell" className="min-w-0 max-sm:w-[calc(100%-92px)]">
        <button
          type="button"
          onClick={() => onOpen(one.id)}
          className="line-clamp-2 min-h-6 text-left font-medium break-words after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
        >
          {one.name}
        </button>
      </span>
      <span role="cell" className={cn('line-clamp-2 min-w-0 break-words text-ink-2', WIDE)}>
        {inputsInShort(one.inputs) || '–'}
      </span>
      <span role="cell" className="min-w-0 text-ink-2 max-sm:order-1 max-sm:w-full">
        {first ? (
          <span className="line-clamp-2 break-words">
            {say(first)}
            {more.length > 0 && <span className="text-ink-3"> {t('andMore', { n: more.length })}</span>}
          </span>
        ) : (
          <span className="text-ink-3">{t('onlyRuns')}</span>
        )}
      </span>
      <span role="cell" className="relative z-10 min-w-0 max-sm:order-2">
        {last ? (
          <button
            type="button"
            onClick={() => onResult(last.evaluationId)}
            aria-label={t('openResult', { name: one.name, state: t(`state_${last.cell.state}`) })}
            className="-mx-1.5 flex min-h-7 flex-col justify-center rounded-md px-1.5 text-left hover:bg-sunken"
          >
            <StateMark state={last.cell.state} />
            {one.updated_at > last.at && <span className="text-xs text-ink-3">{t('editedSince')}</span>}
          </button>
        ) : (
          <span className="text-ink-3">{t('neverRun')}</span>
        )}
      </span>
      <span role="cell" className="relative z-10 flex justify-end gap-1 max-sm:ml-auto">
        {onRun && (
          <IconButton icon={Play} size="small" label={t('runOne', { name: one.name })} onClick={() => onRun(one.id)} />
        )}
        {onCopy && onDelete && (
          <Menu trigger={<IconButton icon={Ellipsis} size="small" label={`${c('more')}: ${one.name}`} />}>
            <MenuItem icon={Copy} onSelect={() => onCopy(one)}>
              {t('copyCase')}
            </MenuItem>
            <MenuItem icon={Trash2} danger onSelect={() => onDelete(one)}>
              {c('delete')}
            </MenuItem>
          </Menu>
        )}
      </span>
    </>
  );
}
