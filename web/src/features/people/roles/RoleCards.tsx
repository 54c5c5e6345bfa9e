import { Check, ChevronRight } from 'lucide-react';
import { useT, useText } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Card } from '@/ui/page';
import { words } from '../words';
import { groupName } from './group';
import { RoleMenu, type RolesShown } from './RoleMenu';
import { useRoles } from './useRoles';

/** The matrix for a phone: a card for each role, what it may folded in. */
export function RoleCards({ roles, groups, mayWrite, onOpen, onDelete }: RolesShown) {
  const t = useT(words);
  const text = useText();
  const { nameOf, aboutOf } = useRoles();
  return (
    <ul aria-label={t('tab_roles')} className="flex flex-col gap-2 sm:hidden">
      {roles.map((role) => (
        <li key={role.id}>
          <Card className="p-3">
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <h2 className="flex flex-wrap items-center gap-2 font-semibold">
                  {nameOf(role.id)}
                  {!role.builtin && <Badge tone="accent">{t('ownRole')}</Badge>}
                </h2>
                <p className="text-sm text-ink-3">
                  {[role.builtin && aboutOf(role.id), t('peopleHave', { n: role.members })].filter(Boolean).join(' · ')}
                </p>
              </div>
              {mayWrite && <RoleMenu role={role} onOpen={onOpen} onDelete={onDelete} />}
            </div>
            <details className="group mt-1">
              <summary className="flex min-h-8 cursor-pointer list-none items-center gap-1 text-sm font-medium text-accent">
                <ChevronRight size={14} aria-hidden="true" className="transition-transform group-open:rotate-90" />
                {t('roleHolds', { n: role.permissions.length })}
              </summary>
              {groups.map((group) => {
                const held = group.permissions.filter(({ name }) => role.permissions.includes(name));
                if (!held.length) return null;
                return (
                  <div key={group.id} className="mt-2">
                    <h3 className="text-xs font-semibold text-ink-3">{groupName(group.id, t)}</h3>
                    {held.map((permission) => (
                      <p key={permission.name} className="flex items-center gap-1.5">
                        <Check size={14} aria-hidden="true" className="shrink-0 text-ok" />
                        {text(permission.title)}
                      </p>
                    ))}
                  </div>
                );
              })}
            </details>
          </Card>
        </li>
      ))}
    </ul>
  );
}
