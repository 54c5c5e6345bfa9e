/** The fields of an object: in groups, those that are not asked for now left out, the rarer ones folded away. */
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { usePanelWords } from '../words';
import { isInside, useForm } from './context';
import { FieldRow } from './FieldRow';
import { type FieldSpec, fieldsOf, inLanguage, isShown, pointerOf, type Schema, same } from './schema';

/** Where settings are that belong to the node and not to its configuration. */
export const BESIDE = '/@node';

interface Props {
  schema: Schema;
  root: Schema;
  value: Schema;
  onField(name: string, value: unknown): void;
  pointer: string;
  /** More of what is rare, shown with the rare fields. */
  more?: ReactNode;
  /** Names of fields that are drawn elsewhere. */
  without?: readonly string[];
}

export function Fields({ schema, root, value, onField, pointer, more, without }: Props) {
  const text = useText();
  const t = usePanelWords();
  const form = useForm();
  const all = useMemo(() => fieldsOf(schema, root), [schema, root]);
  const shown = all.filter((field) => !without?.includes(field.name) && isShown(field, value, all));
  const rare = shown.filter((field) => field.advanced);
  const row = (spec: FieldSpec) => (
    <FieldRow
      key={spec.name}
      spec={inLanguage(spec, value, all)}
      root={root}
      value={value[spec.name]}
      onChange={(next) => onField(spec.name, next)}
      pointer={pointerOf(pointer, spec.name)}
    />
  );
  const groups = new Map<string, FieldSpec[]>();
  for (const spec of shown) {
    if (spec.advanced) continue;
    const name = text(spec.group);
    groups.set(name, [...(groups.get(name) ?? []), spec]);
  }
  const folded = rare.map((spec) => pointerOf(pointer, spec.name)).concat(more ? BESIDE : []);
  const wrong = folded.some((one) => [...form.errors.keys()].some((error) => isInside(error, one)));
  const changed = rare.filter((spec) => isSet(value[spec.name], spec)).length;
  return (
    <>
      {[...groups].map(([name, specs]) =>
        name ? (
          <section key={name} aria-label={name} className="flex flex-col gap-3 border-t border-line pt-3">
            <p className="text-sm font-semibold">{name}</p>
            {specs.map(row)}
          </section>
        ) : (
          specs.map(row)
        ),
      )}
      {(rare.length > 0 || more) && (
        <Fold title={t('advanced')} holds={folded} wrong={wrong} mark={changed ? t('changed', { n: changed }) : ''}>
          {rare.map(row)}
          {more}
        </Fold>
      )}
    </>
  );
}

const isSet = (value: unknown, spec: FieldSpec) =>
  value != null && value !== '' && !same(value, spec.fallback) && !same(value, []) && !same(value, {});

interface FoldProps {
  title: string;
  /** Pointers of the fields inside: it opens when people are sent to one. */
  holds: readonly string[];
  wrong?: boolean;
  /** Said beside the title while it is closed: that something inside is set. */
  mark?: string;
  children: ReactNode;
}

/** Opens by itself where something inside needs an act. */
export function Fold({ title, holds, wrong, mark, children }: FoldProps) {
  const { reveal } = useForm();
  const [open, setOpen] = useState(false);
  const sent = reveal && holds.some((one) => isInside(reveal.pointer, one));
  useEffect(() => {
    if (reveal && sent) setOpen(true);
  }, [reveal, sent]);
  return (
    <section className="border-t border-line pt-1">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="-mx-1.5 flex h-8 w-[calc(100%+0.75rem)] items-center gap-1 rounded-md px-1.5 text-sm font-semibold text-ink-2 hover:bg-sunken hover:text-ink"
      >
        <ChevronRight
          size={15}
          aria-hidden="true"
          className={cn('transition-transform duration-120', open && 'rotate-90')}
        />
        {title}
        {mark && !open && <span className="ml-1 font-normal text-ink-3">{mark}</span>}
        {wrong && !open && <span className="ml-1 size-1.5 rounded-full bg-bad" />}
      </button>
      {open && <div className="flex flex-col gap-3 pt-2 pb-1">{children}</div>}
    </section>
  );
}
