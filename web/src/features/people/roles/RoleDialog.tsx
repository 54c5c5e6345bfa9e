import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import { sessionQuery } from '@/api/session';
import type { Role } from '@/api/types';
import { useT } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { useCan } from '@/lib/session';
import { Field, Input } from '@/ui/field';
import { FormDialog } from '@/ui/form-dialog';
import { words } from '../words';
import type { PermissionGroup } from './group';
import { PermissionBoxes } from './PermissionBoxes';
import type { OpenRole } from './RolesTab';
import { useRoles } from './useRoles';

interface Props {
  open: OpenRole;
  groups: PermissionGroup[];
  onClose(): void;
}

/** Makes a role, from nothing or as a copy, or changes one. */
export function RoleDialog({ open, groups, onClose }: Props) {
  const t = useT(words);
  const c = useCommon();
  const can = useCan();
  const client = useQueryClient();
  const { nameOf } = useRoles();
  const changed = 'change' in open ? open.change : null;
  const copied = 'from' in open ? open.from : null;
  const [name, setName] = useState(changed?.name ?? (copied ? t('copyOf', { name: nameOf(copied.id) }) : ''));
  // Nobody makes a role that may more than they may themselves.
  const [held, setHeld] = useState<string[]>(changed?.permissions ?? copied?.permissions.filter(can) ?? []);
  const [checked, setChecked] = useState(false);
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), permissions: held };
      return changed ? api.patch<Role>(`/roles/${changed.id}`, body) : api.post<Role>('/roles', body);
    },
    onSuccess: async () => {
      await Promise.all([
        client.invalidateQueries({ queryKey: keys.roles }),
        // It may be one's own.
        client.invalidateQueries({ queryKey: sessionQuery.queryKey }),
      ]);
      onClose();
    },
  });
  const submit = () => {
    setChecked(true);
    if (name.trim() && held.length) save.mutate();
  };
  return (
    <FormDialog
      size="large"
      onClose={onClose}
      title={changed ? t('changeRoleTitle', { name: changed.name }) : t('newRole')}
      description={t('roleDialogHint')}
      aside={
        <span aria-live="polite" className="mr-auto self-center text-sm text-ink-3">
          {t('roleHolds', { n: held.length })}
        </span>
      }
      submit={changed ? c('save') : c('create')}
      sending={save}
      onSubmit={submit}
    >
      <Field label={c('name')} error={checked && !name.trim() && t('roleNameEmpty')} className="max-w-sm">
        {(props) => (
          <Input
            {...props}
            maxLength={64}
            placeholder={t('roleExample')}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {checked && !held.length && (
        <p role="alert" className="text-sm text-bad">
          {t('roleHoldsNothing')}
        </p>
      )}
      <PermissionBoxes groups={groups} value={held} onChange={setHeld} />
    </FormDialog>
  );
}
