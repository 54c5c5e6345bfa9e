/** A list of objects out of the items' schema: one line each where they are small, else cards that fold. */
import { ChevronRight, Plus } from 'lucide-react';
import { useEffect, useId, useMemo, useState } from 'react';
import { cn } from '@/lib/cn';
import { Button } from '@/ui/button';
import { usePanelWords } from '../../words';
import { type Control, isInside, useForm, type WidgetProps } from '../context';
import { FieldErrors } from '../FieldRow';
import { Fields } from '../Fields';
import { useChoiceLabel, useFieldLabel } from '../labels';
import { blank, type FieldSpec, fieldsOf, isRecord, limits, pointerOf, resolved, type Schema } from '../schema';
import { withField } from './Object';
import { RowActions } from './RowActions';
import { useRows } from './useRows';

type Row = Record<string, unknown>;

export const hasRows = (spec: FieldSpec, root: Schema) => fieldsOf(spec.schema.items, root).length > 0;

interface Props extends WidgetProps {
  /** Changes how a field of a row is asked for. */
  adjust?(field: FieldSpec): FieldSpec;
}

/** Widgets that fit beside others in a line. */
const SMALL: ReadonlySet<string> = new Set(['text', 'select', 'number', 'variable']);

export function RowsField({ spec, root, value, onChange, pointer, control, label, adjust }: Props) {
  const t = usePanelWords();
  const now = value ?? spec.fallback;
  const list = useRows<Row>(Array.isArray(now) ? now.filter(isRecord) : [], onChange);
  const fields = useMemo(() => {
    const found = fieldsOf(spec.schema.items, root);
    return adjust ? found.map(adjust) : found;
  }, [spec.schema.items, root, adjust]);
  const { fewest, most } = limits(spec.schema);
  const inLine = fields.length <= 2 && fields.every((field) => SMALL.has(field.widget) && !field.help);
  const [opened, setOpened] = useState<string | null>(null);
  const add = () => {
    list.add(blank(spec.schema.items, root) as Row);
    setOpened('last');
  };
  const Item = inLine ? LineRow : CardRow;
  const headers = useId();
  return (
    <div className="flex flex-col gap-1.5">
      {inLine && list.rows.length > 0 && <Headers id={headers} fields={fields} wide={list.rows.length > 1} />}
      {list.rows.length > 0 && (
        <ol className={cn('flex flex-col', inLine ? 'gap-1' : 'gap-1.5')}>
          {list.rows.map((row, index) => (
            <Item
              key={list.keyOf(index)}
              row={row}
              index={index}
              count={list.rows.length}
              schema={resolved(spec.schema.items, root)}
              root={root}
              fields={fields}
              headers={headers}
              pointer={pointerOf(pointer, index)}
              startOpen={opened === 'last' && index === list.rows.length - 1}
              removable={list.rows.length > fewest}
              onField={(name, next) => list.set(index, withField(row, name, next))}
              onMove={(by) => list.move(index, by)}
              onRemove={() => list.remove(index)}
            />
          ))}
        </ol>
      )}
      <Button
        id={control.id}
        size="small"
        variant="ghost"
        icon={Plus}
        aria-label={t('addTo', { label })}
        aria-describedby={control['aria-describedby']}
        disabled={control.disabled || list.rows.length >= most}
        className="self-start px-1.5! text-accent!"
        onClick={add}
      >
        {t('add')}
      </Button>
    </div>
  );
}

interface RowProps {
  row: Row;
  index: number;
  count: number;
  schema: Schema;
  root: Schema;
  fields: readonly FieldSpec[];
  headers: string;
  pointer: string;
  startOpen: boolean;
  removable: boolean;
  onField(name: string, value: unknown): void;
  onMove(by: number): void;
  onRemove(): void;
}

const isText = (value: unknown) => typeof value === 'string' && value.trim() !== '';

const NAMES = ['label', 'title', 'name', 'id', 'key', 'variable', 'description'];

/** What a row is called: the first of its fields that says so. */
export function rowTitle(row: Row): string {
  const texts = [...NAMES.map((name) => row[name]), ...Object.values(row)];
  return String(texts.find(isText) ?? '');
}

function CardRow({ row, index, count, schema, root, pointer, startOpen, removable, ...act }: RowProps) {
  const t = usePanelWords();
  const choice = useChoiceLabel();
  const { reveal, errors, readOnly } = useForm();
  const [open, setOpen] = useState(startOpen);
  const body = useId();
  const sent = reveal !== null && isInside(reveal.pointer, pointer);
  useEffect(() => {
    if (reveal && sent) setOpen(true);
  }, [reveal, sent]);
  const title = rowTitle(row) || t('rowN', { n: index + 1 });
  const type = typeof row.type === 'string' ? choice({ value: row.type, label: row.type }) : '';
  const aside = open ? '' : [type, row.description !== title && row.description].filter(isText).join(' · ');
  const wrong = [...errors.keys()].some((one) => isInside(one, pointer));
  return (
    <li data-field={pointer} className="rounded-md border border-line bg-canvas">
      <div className="flex items-center gap-0.5 pr-1">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={body}
          onClick={() => setOpen(!open)}
          className="flex h-9 min-w-0 flex-1 items-center gap-1.5 rounded-md px-2 text-left"
        >
          <ChevronRight
            size={14}
            aria-hidden="true"
            className={cn('shrink-0 text-ink-3 transition-transform duration-120', open && 'rotate-90')}
          />
          <span className="max-w-3/5 shrink-0 truncate font-medium">{title}</span>
          {aside && <span className="min-w-8 flex-1 truncate text-sm text-ink-3">{aside}</span>}
          {wrong && !open && <span className="size-1.5 shrink-0 rounded-full bg-bad" />}
        </button>
        <RowActions name={title} index={index} count={count} disabled={readOnly} removable={removable} {...act} />
      </div>
      {open && (
        <div id={body} className="flex flex-col gap-3 border-t border-line px-3 py-3">
          <FieldErrors id={`${body}-error`} errors={errors.get(pointer) ?? []} />
          <Fields schema={schema} root={root} value={row} onField={act.onField} pointer={pointer} />
        </div>
      )}
    </li>
  );
}

const COLUMNS = ['grid-cols-[minmax(0,1fr)]', 'grid-cols-[minmax(0,1fr)_minmax(0,8rem)]'];
const columns = (fields: readonly FieldSpec[]) => COLUMNS[fields.length - 1];

function Headers({ id, fields, wide }: { id: string; fields: readonly FieldSpec[]; wide: boolean }) {
  const name = useFieldLabel();
  return (
    <div className={cn('grid gap-1.5 text-xs text-ink-3', columns(fields), wide ? 'pr-15' : 'pr-8')}>
      {fields.map((field) => (
        <span key={field.name} id={`${id}-${field.name}`}>
          {name(field)}
        </span>
      ))}
    </div>
  );
}

function LineRow({ row, index, count, root, fields, headers, pointer, removable, ...act }: RowProps) {
  const t = usePanelWords();
  const id = useId();
  const form = useForm();
  const name = useFieldLabel();
  const { onField, ...rest } = act;
  return (
    <li data-field={pointer} className="flex flex-col gap-0.5">
      <div className="flex items-center gap-1">
        <div className={cn('grid min-w-0 flex-1 gap-1.5', columns(fields))}>
          {fields.map((spec) => {
            const place = pointerOf(pointer, spec.name);
            const errors = form.errors.get(place) ?? [];
            const Shown = form.widgetFor(spec.widget)?.Component;
            const control: Control = {
              id: `${id}-${spec.name}`,
              'aria-labelledby': `${headers}-${spec.name}`,
              'aria-describedby': errors.length ? `${id}-error` : undefined,
              'aria-invalid': errors.length ? true : undefined,
              disabled: form.readOnly || undefined,
            };
            return (
              <div key={spec.name} data-field={place} className="min-w-0">
                {Shown && (
                  <Shown
                    spec={spec}
                    root={root}
                    value={row[spec.name]}
                    onChange={(next) => onField(spec.name, next)}
                    pointer={place}
                    control={control}
                    label={name(spec)}
                  />
                )}
              </div>
            );
          })}
        </div>
        <RowActions
          name={rowTitle(row) || t('rowN', { n: index + 1 })}
          index={index}
          count={count}
          disabled={form.readOnly}
          removable={removable}
          {...rest}
        />
      </div>
      <FieldErrors
        id={`${id}-error`}
        errors={[pointer, ...fields.map((spec) => pointerOf(pointer, spec.name))].flatMap(
          (place) => form.errors.get(place) ?? [],
        )}
      />
    </li>
  );
}
