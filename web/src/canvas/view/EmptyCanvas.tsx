import { Plus } from 'lucide-react';
import { Button } from '@/ui/button';
import { useEditor } from '../graph/store';
import type { Commands } from './commands';
import { useView } from './view';
import { useWords } from './words';

/** An empty canvas says what the first step is. */
export function EmptyCanvas({ commands, locked }: { commands: Commands; locked: boolean }) {
  const t = useWords();
  const empty = useEditor((state) => state.doc.nodes.length === 0);
  if (!empty) return null;
  return (
    <div className="pointer-events-none absolute inset-0 grid place-items-center p-6">
      <div className="pointer-events-auto flex max-w-sm flex-col items-center text-center">
        <h2 className="text-lg font-semibold">{t('emptyTitle')}</h2>
        <p className="mt-1 text-md text-ink-2">{locked ? t('emptyLocked') : t('emptyHint')}</p>
        {!locked && (
          <Button
            variant="primary"
            icon={Plus}
            className="mt-4"
            onClick={() => useView.getState().set({ adding: commands.middle() })}
          >
            {t('addNode')}
          </Button>
        )}
      </div>
    </div>
  );
}
