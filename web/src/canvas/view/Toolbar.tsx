/** Above the canvas: undo and redo with what they would undo, tidying up, finding, the outline, help.
 *
 * `compact`: a part of another header, with only what makes sense without a drawing. */
import {
  Keyboard,
  ListTree,
  type LucideIcon,
  PanelLeftOpen,
  Plus,
  Redo2,
  Search,
  Undo2,
  WandSparkles,
} from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/lib/cn';
import { IconButton } from '@/ui/icon-button';
import type { Edit } from '../graph/history';
import { useEditor } from '../graph/store';
import { useActions } from './actions';
import type { Commands } from './commands';
import { type Action, chordFor } from './keys';
import { useView } from './view';
import { isWord, useWords, type Word } from './words';

interface ToolProps {
  icon: LucideIcon;
  label: string;
  action: Action;
  onClick(): void;
  disabled?: boolean;
  pressed?: boolean;
}

const Tool = ({ action, ...rest }: ToolProps) => <IconButton {...rest} shortcut={chordFor(action)} />;

const Line = () => <span aria-hidden="true" className="mx-1 h-5 w-px bg-line" />;

export function Toolbar({ commands, compact }: { commands: Commands; compact?: boolean }) {
  const t = useWords();
  const { locked } = useActions();
  const past = useEditor((state) => state.history.past.at(-1));
  const future = useEditor((state) => state.history.future.at(-1));
  const { palette, outline, set } = useView();
  const [tidying, setTidying] = useState(false);
  const named = (plain: Word, which: Word, edit: Edit | undefined) =>
    edit && isWord(edit.name) ? t(which, { edit: t(edit.name) }) : t(plain);
  const tidy = () => {
    setTidying(true);
    void commands.tidy().finally(() => setTidying(false));
  };
  return (
    <div
      role="toolbar"
      aria-label={t('toolbar')}
      className={cn(
        'pointer-events-auto flex items-center gap-0.5',
        !compact && 'rounded-lg border border-line bg-surface p-0.5 shadow-raised',
      )}
    >
      {!palette && !outline && !compact && !locked && (
        <>
          <Tool icon={PanelLeftOpen} label={t('showPalette')} action="palette" onClick={() => set({ palette: true })} />
          <Line />
        </>
      )}
      {!locked && (
        <>
          <Tool icon={Plus} label={t('addNode')} action="add" onClick={() => set({ adding: commands.middle() })} />
          <Line />
          <Tool
            icon={Undo2}
            label={named('undo', 'undoEdit', past)}
            action="undo"
            disabled={!past}
            onClick={() => useEditor.getState().undo()}
          />
          <Tool
            icon={Redo2}
            label={named('redo', 'redoEdit', future)}
            action="redo"
            disabled={!future}
            onClick={() => useEditor.getState().redo()}
          />
          {!compact && <Tool icon={WandSparkles} label={t('tidy')} action="tidy" disabled={tidying} onClick={tidy} />}
          <Line />
        </>
      )}
      <Tool icon={Search} label={t('findNode')} action="find" onClick={() => set({ find: true })} />
      {!compact && (
        <>
          <Tool
            icon={ListTree}
            label={t('outline')}
            action="outline"
            pressed={outline}
            onClick={() => set({ outline: !outline })}
          />
          <Tool icon={Keyboard} label={t('keyboard')} action="help" onClick={() => set({ help: true })} />
        </>
      )}
    </div>
  );
}
