import { useFieldLabel } from '@/canvas/panel/form/labels';
import type { Schema } from '@/canvas/panel/form/schema';
import { tunedFields } from '@/canvas/panel/tunable';
import { useT } from '@/i18n';
import { words } from '../words';
import type { Config } from './nodes';

/** The node as it is: what the variants are compared with. */
export function BaseCard({ base, schema }: { base: Config; schema: Schema }) {
  const t = useT(words);
  const label = useFieldLabel();
  const fields = tunedFields(schema).filter((field) => written(base[field.name] ?? field.fallback));
  return (
    <article aria-label={t('asItIs')} className="flex min-w-0 flex-col rounded-lg border border-line bg-sunken">
      <header className="flex min-h-10 items-center border-b border-line px-3.5 font-semibold">{t('asItIs')}</header>
      <div className="flex flex-col gap-2 px-3.5 py-2.5">
        {fields.map((field) => (
          <div key={field.name} className="min-w-0">
            <h3 className="text-sm font-medium text-ink-2">{label(field)}</h3>
            <p className="line-clamp-4 break-words whitespace-pre-wrap">
              {written(base[field.name] ?? field.fallback)}
            </p>
          </div>
        ))}
      </div>
    </article>
  );
}

const written = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
