import { useQuery } from '@tanstack/react-query';
import { CircleUser, UsersRound, X } from 'lucide-react';
import { groupsQuery } from '@/api/people';
import { usersQuery } from '@/api/queries';
import type { AccessLevel, Grant } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { IconButton } from '@/ui/icon-button';
import { Select } from '@/ui/select';
import { words } from './words';

interface Props {
  grants: Grant[];
  mayChange: boolean;
  onChange(grants: Grant[]): void;
}

const LEVELS = ['use', 'edit'] as const satisfies AccessLevel[];
const same = (a: Pick<Grant, 'kind' | 'id'>, b: Pick<Grant, 'kind' | 'id'>) => a.kind === b.kind && a.id === b.id;

/** The people and groups that are named, each with what they may, and a field to name one more. */
export function Grants({ grants, mayChange, onChange }: Props) {
  const t = useT(words);
  const c = useCommon();
  const { data: users = [] } = useQuery(usersQuery);
  const { data: groups = [] } = useQuery(groupsQuery);
  const everybody: (Pick<Grant, 'kind' | 'id'> & { name: string })[] = [
    ...groups.map(({ id, name }) => ({ kind: 'group' as const, id, name })),
    ...users
      .filter((user) => !user.disabled)
      .map(({ id, username }) => ({ kind: 'user' as const, id, name: username })),
  ];
  const others = everybody.filter((one) => !grants.some((grant) => same(grant, one)));
  const nameOf = (grant: Grant) => grant.name ?? everybody.find((one) => same(one, grant))?.name ?? grant.id;
  const add = (value: string) => {
    const chosen = others.find((one) => `${one.kind}:${one.id}` === value);
    if (chosen) onChange([...grants, { ...chosen, level: 'use' }]);
  };
  return (
    <div className="rounded-md border border-line">
      {!grants.length && <p className="px-3 py-3 text-ink-2">{t('nobody')}</p>}
      <ul className="divide-y divide-line">
        {grants.map((grant) => {
          const Icon = grant.kind === 'group' ? UsersRound : CircleUser;
          const name = nameOf(grant);
          return (
            <li key={`${grant.kind}:${grant.id}`} className="flex min-h-11 items-center gap-2 px-3 py-1">
              <Icon size={16} aria-hidden="true" className="shrink-0 text-ink-3" />
              <span className="min-w-0 flex-1 truncate" title={name}>
                {name}
                <span className="sr-only">, {t(grant.kind)}</span>
              </span>
              <Select
                label={t('levelOf', { name })}
                className="w-32!"
                disabled={!mayChange}
                value={grant.level}
                onChange={(level) =>
                  onChange(
                    grants.map((one) =>
                      same(one, grant) ? { ...one, level: level === 'edit' ? 'edit' : 'use' } : one,
                    ),
                  )
                }
                options={LEVELS.map((level) => ({ value: level, label: t(level), hint: t(`${level}Hint`) }))}
              />
              {mayChange && (
                <IconButton
                  icon={X}
                  size="small"
                  label={`${c('delete')}: ${name}`}
                  onClick={() => onChange(grants.filter((one) => !same(one, grant)))}
                />
              )}
            </li>
          );
        })}
      </ul>
      {mayChange && (
        <div className="border-t border-line p-2">
          <Select
            label={t('add')}
            placeholder={others.length ? t('add') : t('allNamed')}
            disabled={!others.length}
            value=""
            onChange={add}
            options={others.map((one) => ({
              value: `${one.kind}:${one.id}`,
              label: one.name,
              hint: one.kind === 'group' ? t('group') : undefined,
            }))}
          />
        </div>
      )}
    </div>
  );
}
