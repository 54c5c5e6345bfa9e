import { CircleDashed, CircleUser, Cog, KeyRound, type LucideIcon, Terminal } from 'lucide-react';
import type { AuditRecord } from '@/api/types';
import { useT } from '@/i18n';
import { words } from './words';

const ICONS: Record<string, LucideIcon> = { user: CircleUser, key: KeyRound, cli: Terminal, system: Cog };

/** What kind of actor it is, in a word; a kind that this page does not know is shown as it is. */
export function useActorKind() {
  const t = useT(words);
  return (kind: string) => {
    const key = `actor_${kind}`;
    return key in words.en ? t(key as keyof typeof words.en) : kind;
  };
}

export function Actor({ actor }: { actor: AuditRecord['actor'] }) {
  const kindOf = useActorKind();
  const Icon = ICONS[actor.kind] ?? CircleDashed;
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 align-middle" title={kindOf(actor.kind)}>
      <Icon size={15} aria-hidden="true" className="shrink-0 text-ink-3" />
      {actor.name ? (
        <span className="truncate">
          <span className="sr-only">{kindOf(actor.kind)}: </span>
          {actor.name}
        </span>
      ) : (
        <span className="text-ink-3">{kindOf(actor.kind)}</span>
      )}
    </span>
  );
}
