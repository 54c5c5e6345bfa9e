/** Who may decide: roles and groups of the workspace by name. Those that are gone stay until they are taken out. */
import { useQuery } from '@tanstack/react-query';
import { approversQuery } from '@/api/people';
import { useRoleName } from '@/lib/roles';
import { CheckList } from '@/ui/check-list';
import { usePanelWords } from '../../words';
import type { WidgetProps } from '../context';

export function ApproversField({ value, onChange, control, label }: WidgetProps) {
  const t = usePanelWords();
  const roleName = useRoleName();
  const { data } = useQuery(approversQuery);
  const chosen = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  const known = new Set(data?.map(({ id }) => id));
  const gone = data ? chosen.filter((id) => !known.has(id)) : [];
  const items = [
    ...gone.map((id) => ({ id, label: t('approverGone'), hint: id })),
    ...(data ?? []).map(({ id, name, kind }) => ({
      id,
      label: kind === 'role' ? roleName(id, name) : name,
      hint: t(`approver_${kind}`),
    })),
  ];
  return (
    <div id={control.id} aria-describedby={control['aria-describedby']}>
      <CheckList
        label={label}
        items={items.map((item) => ({ ...item, disabled: control.disabled }))}
        value={chosen}
        onChange={onChange}
        empty=""
      />
    </div>
  );
}
