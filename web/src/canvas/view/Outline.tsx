/** The canvas's twin: the same flow as a list in flow order, fully editable. For keyboard, screen reader and phone. */
import { Plus, X } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { cn } from '@/lib/cn';
import { Dialog } from '@/ui/dialog';
import { IconButton } from '@/ui/icon-button';
import { useEditor } from '../graph/store';
import { useActions } from './actions';
import type { Commands } from './commands';
import { EdgeEditorLazily } from './EdgeEditorLazily';
import { OutlineRow } from './OutlineRow';
import { flowOrder } from './order';
import { Toolbar } from './Toolbar';
import { useView } from './view';
import { useWords } from './words';

interface Props {
  commands: Commands;
  /** In the canvas's place, on a phone: no way back to it. */
  alone?: boolean;
}

export default function Outline({ commands, alone }: Props) {
  const t = useWords();
  const { locked, openPanel } = useActions();
  const order = useEditor((state) => flowOrder(state.doc));
  const selected = useEditor((state) => state.selection.nodes);
  const list = useRef<HTMLOListElement>(null);
  const [mapping, setMapping] = useState<string | null>(null);
  // One row is in the order of Tab: the selected one, or the first.
  const entry = selected.find((id) => order.includes(id)) ?? order[0];

  const goTo = (id: string | undefined) => {
    if (!id) return;
    useEditor.getState().select({ nodes: [id] });
    if (!alone) commands.show(id);
    list.current?.querySelector<HTMLElement>(`[data-outline="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const row = event.target instanceof HTMLElement ? event.target.dataset.outline : undefined;
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = order.indexOf(row);
    if (event.key === 'ArrowDown') goTo(order[place + 1]);
    else if (event.key === 'ArrowUp') goTo(order[place - 1]);
    else if (event.key === 'Home') goTo(order[0]);
    else if (event.key === 'End') goTo(order.at(-1));
    else if (event.key === 'Enter') openPanel();
    else if ((event.key === 'Delete' || event.key === 'Backspace') && !locked) {
      const next = order[place + 1] ?? order[place - 1];
      useEditor.getState().remove({ nodes: [row], edges: [] });
      goTo(next);
    } else return;
    event.preventDefault();
  };
  return (
    <aside
      aria-label={t('outline')}
      className={cn('flex flex-col bg-surface', alone ? 'min-h-0 w-full flex-1' : 'w-72 shrink-0 border-r border-line')}
    >
      <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate font-semibold">
          {t('outline')} <span className="figures pl-1 font-normal text-ink-3">{order.length}</span>
        </h2>
        {alone ? (
          <Toolbar commands={commands} compact />
        ) : (
          !locked && (
            <IconButton
              icon={Plus}
              size="small"
              label={t('addNode')}
              onClick={() => useView.getState().set({ adding: commands.middle() })}
            />
          )
        )}
        {!alone && (
          <IconButton
            icon={X}
            size="small"
            label={t('hideOutline')}
            onClick={() => useView.getState().set({ outline: false })}
          />
        )}
      </header>
      {!order.length && <p className="p-4 text-ink-2">{t('emptyOutline')}</p>}
      <ol ref={list} onKeyDown={onKeyDown} className="min-h-0 flex-1 overflow-y-auto p-1.5">
        {order.map((id) => (
          <OutlineRow key={id} id={id} entry={id === entry} onGo={goTo} onMapping={setMapping} />
        ))}
      </ol>
      <Dialog open={mapping !== null} onClose={() => setMapping(null)} title={t('mapping')} size="small">
        <div className="pb-3">{mapping && <EdgeEditorLazily id={mapping} onDone={() => setMapping(null)} />}</div>
      </Dialog>
    </aside>
  );
}
