import { useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { useCan } from '@/lib/session';
import { words } from '../words';
import { groupName, type PermissionGroup } from './group';

interface Props {
  groups: PermissionGroup[];
  value: readonly string[];
  onChange(permissions: string[]): void;
}

/** Each permission with its box. Those that the person who looks has not got can't be given, and say so. */
export function PermissionBoxes({ groups, value, onChange }: Props) {
  const t = useT(words);
  const text = useText();
  const can = useCan();
  const toggle = (name: string) =>
    onChange(value.includes(name) ? value.filter((one) => one !== name) : [...value, name]);
  return (
    <div className="columns-2 gap-x-6 max-sm:columns-1">
      {groups.map((group) => (
        <fieldset key={group.id} className="mb-4 min-w-0 break-inside-avoid">
          <legend className="mb-0.5 text-sm font-semibold text-ink-2">{groupName(group.id, t)}</legend>
          {group.permissions.map((permission) => {
            const mine = can(permission.name);
            return (
              <label
                key={permission.name}
                className={cn(
                  '-mx-2 flex items-start gap-2.5 rounded-md px-2 py-1 max-sm:py-2',
                  mine ? 'cursor-pointer hover:bg-sunken' : 'text-ink-3',
                )}
              >
                <input
                  type="checkbox"
                  checked={value.includes(permission.name)}
                  disabled={!mine}
                  onChange={() => toggle(permission.name)}
                  className="mt-0.5 size-4 shrink-0 accent-accent"
                />
                <span>
                  <span className="block">{text(permission.title)}</span>
                  <span className="block text-sm text-ink-3">{mine ? text(permission.about) : t('notYours')}</span>
                </span>
              </label>
            );
          })}
        </fieldset>
      ))}
    </div>
  );
}
