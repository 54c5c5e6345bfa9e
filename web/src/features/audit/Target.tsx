import { Link, type LinkProps } from '@tanstack/react-router';
import type { AuditRecord } from '@/api/types';
import { useT } from '@/i18n';
import { useCan } from '@/lib/session';
import { useNames } from './useNames';
import { words } from './words';

type Goal = Pick<LinkProps, 'to' | 'params' | 'search'> & { needs: string };

/** Where what a record is about can be looked at. */
function goalOf(kind: string, id: string): Goal | null {
  const people = (tab: string, needs = 'member.read'): Goal => ({ to: '/people', search: { tab }, needs });
  switch (kind) {
    case 'app':
      return { to: '/apps/$appId/use', params: { appId: id }, needs: 'app.read' };
    case 'run':
      return { to: '/runs/$runId', params: { runId: id }, needs: 'run.read' };
    case 'dataset':
      return { to: '/knowledge/$datasetId', params: { datasetId: id }, needs: 'dataset.read' };
    case 'provider':
      return { to: '/models', needs: 'model.read' };
    case 'secret':
      return { to: '/secrets', needs: 'secret.read' };
    case 'user':
      return people('people');
    case 'role':
      return people('roles');
    case 'group':
      return people('groups');
    case 'invitation':
      return people('invitations', 'member.write');
    case 'key':
    case 'api_key':
      return people('keys', 'key.read');
    default:
      return null;
  }
}

export function useTargetKind() {
  const t = useT(words);
  return (kind: string) => {
    const key = `target_${kind}`;
    return key in words.en ? t(key as keyof typeof words.en) : kind.replaceAll('_', ' ');
  };
}

/** What a record is about: its kind in a word, its name where it is known, a link where there is a page. */
export function Target({ record: { target, detail } }: { record: AuditRecord }) {
  const can = useCan();
  const kindOf = useTargetKind();
  const { nameOf } = useNames();
  if (!target.kind && !target.id) return <span className="text-ink-3">–</span>;
  const goal = target.id ? goalOf(target.kind, target.id) : null;
  const named = nameOf(target.id) ?? (typeof detail.name === 'string' ? detail.name : undefined);
  const name = named ?? target.id;
  return (
    <span className="flex min-w-0 items-baseline gap-1.5">
      <span className="shrink-0 text-ink-3">{kindOf(target.kind)}</span>
      {goal && can(goal.needs) ? (
        <Link
          to={goal.to}
          params={goal.params}
          search={goal.search}
          className="min-w-0 truncate text-accent hover:underline"
          title={name}
        >
          {name || kindOf(target.kind)}
        </Link>
      ) : (
        <span className={named ? 'min-w-0 truncate' : 'min-w-0 truncate font-mono text-sm'} title={name}>
          {name}
        </span>
      )}
    </span>
  );
}
