import { useQuery } from '@tanstack/react-query';
import { Check, ChevronRight } from 'lucide-react';
import { permissionsQuery } from '@/api/people';
import { useT, useText } from '@/i18n';
import { Card, Section } from '@/ui/page';
import { words } from './words';

/** What one may do, in words; folded, as it is looked up rarely. */
export function Mine({ permissions }: { permissions: string[] }) {
  const t = useT(words);
  const text = useText();
  const { data: known } = useQuery(permissionsQuery);
  if (!known) return null;
  const held = known.filter(({ name }) => permissions.includes(name));
  return (
    <Section title={t('mine')}>
      <Card className="p-4">
        <details className="group">
          <summary className="-m-2 flex min-h-8 cursor-pointer list-none items-center gap-1.5 rounded-md p-2 font-medium">
            <ChevronRight
              size={15}
              aria-hidden="true"
              className="text-ink-3 transition-transform duration-120 group-open:rotate-90"
            />
            {t('mineCount', { n: held.length, all: known.length })}
          </summary>
          <ul className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 max-sm:grid-cols-1">
            {held.map((permission) => (
              <li key={permission.name} className="flex gap-2">
                <Check size={15} aria-hidden="true" className="mt-0.5 shrink-0 text-ok" />
                <span>
                  <span className="block">{text(permission.title)}</span>
                  <span className="block text-sm text-ink-3">{text(permission.about)}</span>
                </span>
              </li>
            ))}
          </ul>
        </details>
        {held.length < known.length && <p className="mt-2 text-sm text-ink-3">{t('mineHint')}</p>}
      </Card>
    </Section>
  );
}
