import { useMemo } from 'react';
import type { Pause } from '@/api/types';
import { useT } from '@/i18n';
import type { Names } from '../useNames';
import { words } from '../words';

/** Why a run is paused, in a sentence. */
export function useReason(): (pause: Pause, names: Pick<Names, 'title'>) => string {
  const t = useT(words);
  return useMemo(
    () => (pause, names) => {
      if (pause.reason === 'asked' && !pause.node) return t('pausedHeld'); // by a restore: at no node
      const node = names.title(pause.node);
      if (pause.reason === 'asked' && pause.by) return t('pausedBy', { node, who: pause.by });
      return t(`paused_${pause.reason}`, { node });
    },
    [t],
  );
}
