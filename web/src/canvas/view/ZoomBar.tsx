/** Below the canvas: zoom in per cent, fit, minimap. */
import { useStore } from '@xyflow/react';
import { Map as MapIcon, Maximize, Minus, Plus } from 'lucide-react';
import { useFormat } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import { Tooltip } from '@/ui/tooltip';
import type { Commands } from './commands';
import { chordFor } from './keys';
import { useView } from './view';
import { useWords } from './words';

export function ZoomBar({ commands }: { commands: Commands }) {
  const t = useWords();
  const format = useFormat();
  const percent = useStore((state) => Math.round(state.transform[2] * 100));
  const { minimap, set } = useView();
  const shown = format.number(percent / 100, { style: 'percent' });
  return (
    <div
      role="toolbar"
      aria-label={t('zoom')}
      className="pointer-events-auto flex items-center gap-0.5 rounded-lg border border-line bg-surface p-0.5 shadow-raised"
    >
      <IconButton
        side="top"
        icon={Minus}
        label={t('zoomOut')}
        shortcut={chordFor('zoomOut')}
        onClick={commands.zoomOut}
      />
      <Tooltip side="top" text={t('zoomFull')} shortcut={chordFor('zoomFull')}>
        <button
          type="button"
          aria-label={t('zoomNow', { percent: shown })}
          onClick={commands.zoomFull}
          className="figures h-8 w-13 rounded-md text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink"
        >
          {shown}
        </button>
      </Tooltip>
      <IconButton side="top" icon={Plus} label={t('zoomIn')} shortcut={chordFor('zoomIn')} onClick={commands.zoomIn} />
      <span aria-hidden="true" className="mx-1 h-5 w-px bg-line" />
      <IconButton side="top" icon={Maximize} label={t('fitAll')} shortcut={chordFor('fitAll')} onClick={commands.fit} />
      <IconButton
        side="top"
        icon={MapIcon}
        label={t('minimap')}
        pressed={minimap}
        onClick={() => set({ minimap: !minimap })}
      />
    </div>
  );
}
