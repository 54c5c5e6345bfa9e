import { Check, Minus } from 'lucide-react';
import { Fragment } from 'react';
import { useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from '../words';
import { groupName } from './group';
import { RoleMenu, type RolesShown } from './RoleMenu';
import { useRoles } from './useRoles';

/** Which role may what: a row for each permission, a column for each role. The head and the first column stay in sight. */
export function RoleMatrix({ roles, groups, mayWrite, onOpen, onDelete }: RolesShown) {
  const t = useT(words);
  const text = useText();
  const { nameOf, aboutOf } = useRoles();
  return (
    <div className="max-h-[calc(100dvh-15rem)] relative min-h-96 overflow-auto rounded-lg border border-line bg-surface max-sm:hidden">
      <table aria-label={t('tab_roles')} className="w-full border-separate border-spacing-0 text-left">
        <thead>
          <tr>
            <th
              scope="col"
              className="sticky top-0 left-0 z-20 min-w-60 border-b border-line bg-sunken px-3 align-bottom text-sm font-medium text-ink-2"
            >
              <span className="block py-2">{t('permission')}</span>
            </th>
            {roles.map((role) => (
              <th
                key={role.id}
                scope="col"
                className="sticky top-0 z-10 min-w-28 border-b border-line bg-sunken px-2 py-2 align-top font-normal"
              >
                <span className="flex items-start justify-between gap-1">
                  <span className="min-w-0 pt-1" title={aboutOf(role.id)}>
                    <span className="block text-sm font-semibold break-words text-ink">{nameOf(role.id)}</span>
                    <span className="block text-xs text-ink-3">{t('peopleHave', { n: role.members })}</span>
                    {!role.builtin && <span className="block text-xs text-accent">{t('ownRole')}</span>}
                  </span>
                  {mayWrite && <RoleMenu role={role} onOpen={onOpen} onDelete={onDelete} />}
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Fragment key={group.id}>
              <tr>
                <th
                  scope="colgroup"
                  colSpan={roles.length + 1}
                  className="border-b border-line bg-canvas text-xs font-semibold text-ink-2"
                >
                  <span className="sticky left-0 inline-block px-3 py-1.5">{groupName(group.id, t)}</span>
                </th>
              </tr>
              {group.permissions.map((permission) => (
                <tr key={permission.name} className="group">
                  <th
                    scope="row"
                    className="sticky left-0 z-10 max-w-80 border-b border-line bg-surface px-3 py-1.5 font-normal group-hover:bg-sunken"
                  >
                    <span className="block">{text(permission.title)}</span>
                    <span className="block text-xs text-ink-3">{text(permission.about)}</span>
                  </th>
                  {roles.map((role) => (
                    <Cell key={role.id} holds={role.permissions.includes(permission.name)} />
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ holds }: { holds: boolean }) {
  const t = useT(words);
  const Icon = holds ? Check : Minus;
  return (
    <td className="border-b border-line px-2 group-hover:bg-sunken">
      <Icon size={16} aria-hidden="true" className={cn(holds ? 'text-ok' : 'text-line-strong/60')} />
      <span className="sr-only">{holds ? t('may') : t('mayNot')}</span>
    </td>
  );
}
