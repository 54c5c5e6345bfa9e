import { Copy, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useFieldLabel } from '@/canvas/panel/form/labels';
import { fieldsOf, type Schema } from '@/canvas/panel/form/schema';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { TextDiff } from '@/runs/diff/TextDiff';
import { Button } from '@/ui/button';
import { control } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { words } from '../words';
import type { Config } from './nodes';
import type { Draft } from './variants';

interface Props {
  draft: Draft;
  base: Config;
  schema: Schema;
  /** What the server or the form says of it. */
  error: string | undefined;
  onRename(name: string): void;
  onEdit(): void;
  onCopy?(): void;
  onRemove(): void;
}

/** One variant: its name, and what it changes of the node. */
export function VariantCard({ draft, base, schema, error, onRename, onEdit, onCopy, onRemove }: Props) {
  const t = useT(words);
  const c = useCommon();
  const [name, setName] = useState(draft.name);
  const rename = () => (name.trim() ? onRename(name.trim()) : setName(draft.name));
  return (
    <article aria-label={draft.name} className="flex min-w-0 flex-col rounded-lg border border-line bg-surface">
      <header className="flex items-center gap-1 border-b border-line py-1.5 pr-1.5 pl-2">
        <input
          aria-label={t('variantName')}
          value={name}
          maxLength={200}
          onChange={(event) => setName(event.target.value)}
          onBlur={rename}
          onKeyDown={(event) => event.key === 'Enter' && !event.nativeEvent.isComposing && event.currentTarget.blur()}
          className={`${control} h-7! min-w-0 flex-1 border-transparent! bg-transparent! px-1.5! font-semibold hover:border-line! max-sm:h-9!`}
        />
        {onCopy && (
          <IconButton size="small" icon={Copy} label={t('copyVariant', { name: draft.name })} onClick={onCopy} />
        )}
        <IconButton size="small" icon={Trash2} label={`${c('delete')}: ${draft.name}`} onClick={onRemove} />
      </header>
      <div className="flex min-h-24 flex-1 flex-col gap-3 px-3.5 py-2.5">
        <Changes change={draft.change} base={base} schema={schema} />
        {error && <p className="text-sm text-bad">{error}</p>}
      </div>
      <footer className="px-3 pb-3">
        <Button size="small" icon={Pencil} onClick={onEdit}>
          {t('editVariant')}
        </Button>
      </footer>
    </article>
  );
}

function Changes({ change, base, schema }: { change: Config; base: Config; schema: Schema }) {
  const t = useT(words);
  const label = useFieldLabel();
  const fields = fieldsOf(schema, schema).filter((field) => field.name in change);
  if (!fields.length) return <p className="text-ink-3">{t('sameAsNode')}</p>;
  return fields.map((field) => {
    const [before, after] = [base[field.name] ?? field.fallback, change[field.name]];
    return (
      <div key={field.name} className="min-w-0">
        <h3 className="mb-0.5 text-sm font-medium text-ink-2">{label(field)}</h3>
        {isLong(before) || isLong(after) ? (
          <div className="[&>div]:max-h-56">
            <TextDiff a={before ?? ''} b={after ?? ''} />
          </div>
        ) : (
          <p className="break-words">
            <del className="text-ink-3">{written(before) || t('unset')}</del>
            <span aria-hidden="true" className="text-ink-3">
              {' → '}
            </span>
            <ins className="font-medium no-underline">{written(after) || t('unset')}</ins>
          </p>
        )}
      </div>
    );
  });
}

const written = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

const isLong = (value: unknown) =>
  (typeof value === 'object' && value !== null) || written(value).length > 60 || written(value).includes('\n');
