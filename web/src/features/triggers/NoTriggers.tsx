import { Plus } from 'lucide-react';
import type { TriggerKind } from '@/api/types';
import { useT } from '@/i18n';
import { Button } from '@/ui/button';
import { KINDS, KindTile } from './kinds';
import { words } from './words';

/** Nothing yet: what a trigger is, and both kinds with an example and a button. */
export function NoTriggers({ onNew }: { onNew?(kind: TriggerKind): void }) {
  const t = useT(words);
  return (
    <section aria-label={t('emptyTitle')} className="rounded-lg border border-dashed border-line px-6 py-8 max-sm:px-4">
      <h2 className="text-center text-lg font-semibold">{t('emptyTitle')}</h2>
      <p className="mx-auto mt-1 max-w-2xl text-center text-md text-ink-2">
        {onNew ? t('emptyHint') : t('emptyHintReader')}
      </p>
      <ul className="mx-auto mt-6 grid max-w-3xl grid-cols-2 gap-4 max-sm:grid-cols-1">
        {KINDS.map((kind) => (
          <li key={kind} className="flex flex-col items-start rounded-lg border border-line bg-surface p-4">
            <KindTile kind={kind} on />
            <h3 className="mt-3 font-semibold">{t(kind)}</h3>
            <p className="mt-0.5 text-ink-2">{t(`${kind}Hint`)}</p>
            <p className="mt-2 mb-4 text-sm text-ink-3">{t(`${kind}Example`)}</p>
            {onNew && (
              <Button icon={Plus} className="mt-auto" onClick={() => onNew(kind)}>
                {t(`${kind}New`)}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
