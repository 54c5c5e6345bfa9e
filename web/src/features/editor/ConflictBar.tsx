import { useMutation, useQuery } from '@tanstack/react-query';
import { draftQuery } from '@/api/queries';
import { toDoc } from '@/canvas/graph/document';
import { useEditor } from '@/canvas/graph/store';
import { useFormat, useT } from '@/i18n';
import { Button } from '@/ui/button';
import { ErrorNotice, Notice } from '@/ui/notice';
import type { Saver } from './saving';
import { words } from './words';

/** Two people, one draft: neither loses anything without having chosen to. */
export default function ConflictBar({ appId, saver }: { appId: string; saver: Saver }) {
  const t = useT(words);
  const format = useFormat();
  const edit = useEditor((state) => state.edit);
  const setChecked = useEditor((state) => state.setChecked);
  const theirs = useQuery({ ...draftQuery(appId), staleTime: 0, refetchOnMount: 'always' });
  const keep = useMutation({ mutationFn: (revision: number) => saver.overwrite(revision) });
  if (theirs.isError) return <ErrorNotice error={theirs.error} onRetry={() => void theirs.refetch()} />;
  const draft = theirs.isFetching ? undefined : theirs.data;
  if (!draft) return null;
  const take = () => {
    const doc = toDoc(draft.graph);
    useEditor.getState().leave(0);
    edit('edit_theirs', (mine) => void Object.assign(mine, doc));
    setChecked(
      draft,
      doc.edges.map((edge) => edge.id),
    );
    saver.accept(draft);
  };
  return (
    <Notice
      kind="warn"
      className="m-2"
      title={t('conflictTitle', { who: draft.saved_by, when: format.ago(draft.saved_at) })}
      actions={
        <>
          <Button size="small" onClick={take}>
            {t('takeTheirs')}
          </Button>
          <Button size="small" busy={keep.isPending} onClick={() => keep.mutate(draft.revision)}>
            {t('keepMine')}
          </Button>
        </>
      }
    >
      {t('conflictHint')}
    </Notice>
  );
}
