/** If, else if, otherwise: cases in order, each a way out of the node. */
import { Plus } from 'lucide-react';
import { useMemo } from 'react';
import { Button } from '@/ui/button';
import { usePanelWords } from '../../words';
import { useForm, type WidgetProps } from '../context';
import { FieldErrors } from '../FieldRow';
import { type FieldSpec, pointerOf, type Schema } from '../schema';
import { ClauseRow } from './ClauseRow';
import { added, type Case, type CaseShape, casesOf, shapeOf } from './cases';
import { RowActions } from './RowActions';
import { useRows } from './useRows';

export const hasCases = (spec: FieldSpec, root: Schema) => shapeOf(spec.schema, root) !== null;

export function ConditionsField({ spec, root, value, onChange, pointer, control }: WidgetProps) {
  const t = usePanelWords();
  const shape = useMemo(() => shapeOf(spec.schema, root), [spec.schema, root]);
  const list = useRows<Case>(casesOf(value), onChange);
  if (!shape) return null;
  return (
    <div className="flex flex-col gap-2">
      {list.rows.map((one, index) => (
        <CaseCard
          key={list.keyOf(index)}
          one={one}
          index={index}
          count={list.rows.length}
          shape={shape}
          pointer={pointerOf(pointer, index)}
          onChange={(next) => list.set(index, next)}
          onMove={(by) => list.move(index, by)}
          onRemove={() => list.remove(index)}
        />
      ))}
      <Button
        id={control.id}
        size="small"
        variant="ghost"
        icon={Plus}
        disabled={control.disabled || list.rows.length >= shape.mostCases}
        aria-describedby={control['aria-describedby']}
        className="self-start px-1.5! text-accent!"
        onClick={() => onChange(added(list.rows, shape))}
      >
        {t('addCase')}
      </Button>
      {list.rows.every((one) => one.id !== 'false') && (
        <p className="flex items-center justify-between gap-2 rounded-md border border-dashed border-line px-2.5 py-1.5 text-sm text-ink-3">
          {t('otherwise')}
          <code className="font-mono text-xs">false</code>
        </p>
      )}
    </div>
  );
}

interface CardProps {
  one: Case;
  index: number;
  count: number;
  shape: CaseShape;
  pointer: string;
  onChange(next: Case): void;
  onMove(by: number): void;
  onRemove(): void;
}

function CaseCard({ one, index, count, shape, pointer, onChange, onMove, onRemove }: CardProps) {
  const t = usePanelWords();
  const { readOnly, errors } = useForm();
  const name = index === 0 ? t('caseIf') : t('caseElse');
  const clauses = useRows(one.clauses, (next) => onChange({ ...one, clauses: next }));
  const any = one.logic === 'or';
  const own = [pointer, `${pointer}/id`, `${pointer}/clauses`].flatMap((place) => errors.get(place) ?? []);
  return (
    <section
      data-field={pointer}
      aria-label={`${name} ${one.id ?? ''}`}
      className="rounded-md border border-line bg-canvas"
    >
      <header className="flex h-9 items-center gap-2 pr-1 pl-2.5">
        <p className="font-semibold">{name}</p>
        <code className="min-w-0 flex-1 truncate font-mono text-xs text-ink-3" title={t('caseId')}>
          {one.id}
        </code>
        {one.clauses.length > 1 && (
          <button
            type="button"
            disabled={readOnly}
            onClick={() => onChange({ ...one, logic: any ? 'and' : 'or' })}
            className="h-6 rounded-sm border border-line bg-surface px-1.5 text-xs font-medium text-ink-2 hover:border-line-strong"
          >
            {any ? t('anyHolds') : t('allHold')}
          </button>
        )}
        <RowActions
          name={`${name} ${one.id ?? ''}`.trim()}
          index={index}
          count={count}
          disabled={readOnly}
          removable={count > 1}
          onMove={onMove}
          onRemove={onRemove}
        />
      </header>
      <div className="flex flex-col gap-2 border-t border-line p-2">
        {clauses.rows.map((clause, at) => (
          <div key={clauses.keyOf(at)} className="flex flex-col gap-2">
            {at > 0 && (
              <span
                aria-hidden="true"
                className="flex items-center gap-2 text-xs text-ink-3 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line"
              >
                {any ? t('or') : t('and')}
              </span>
            )}
            <ClauseRow
              clause={clause}
              n={at + 1}
              shape={shape}
              pointer={`${pointer}/clauses/${at}`}
              removable={clauses.rows.length > 1}
              onChange={(next) => clauses.set(at, next)}
              onRemove={() => clauses.remove(at)}
            />
          </div>
        ))}
        <FieldErrors id={`${pointer}-error`} errors={own} />
        <Button
          size="small"
          variant="ghost"
          icon={Plus}
          disabled={readOnly}
          className="h-6! self-start px-1! text-ink-2!"
          onClick={() => clauses.add({ ...shape.newClause })}
        >
          {t('addClause')}
        </Button>
      </div>
    </section>
  );
}
