import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleSlash, Clock, FileText, Trash2 } from 'lucide-react';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { User } from '@/api/types';
import { useT } from '@/i18n';
import { FormDialog } from '@/ui/form-dialog';
import { toast } from '@/ui/toast';
import { words } from './words';

/** Says what goes and what stays: it can't be undone, so it is asked and not offered to undo. */
export function DeletePersonDialog({ user, onClose }: { user: User; onClose(): void }) {
  const t = useT(words);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.delete(`/users/${user.id}`),
    onSuccess: async () => {
      toast(t('personDeleted', { name: user.username }));
      onClose();
      await Promise.all([keys.users, keys.groups].map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
  const facts = [
    { icon: Trash2, text: t('deleteGoes') },
    { icon: FileText, text: t('deleteStays') },
    { icon: Clock, text: t('deleteAudit') },
    ...(user.disabled ? [] : [{ icon: CircleSlash, text: t('deleteOrDisable') }]),
  ];
  return (
    <FormDialog
      size="small"
      onClose={onClose}
      title={t('deleteTitle', { name: user.username })}
      submit={t('deletePerson')}
      danger
      sending={remove}
      onSubmit={() => remove.mutate()}
    >
      <ul className="flex flex-col gap-3">
        {facts.map(({ icon: Icon, text }) => (
          <li key={text} className="flex gap-3">
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-ink-3" />
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </FormDialog>
  );
}
