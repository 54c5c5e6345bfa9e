/** What the side panel shows: settings of what is selected, or what to do next. */
import { type ReactNode, useEffect, useState } from 'react';
import { useEditor } from '../graph/store';
import { EdgeView } from './EdgeView';
import type { Reveal } from './form/context';
import { ManyView } from './ManyView';
import { NodePanel, type PanelActions } from './NodePanel';
import { NothingView } from './NothingView';
import { formPointer } from './problems';
import { usePanelWords } from './words';

export interface PanelProps extends PanelActions {
  /** What the second tab shows of the selected node; without it there are no tabs. */
  lastRun?: ReactNode;
  /** A problem's pointer to go to (`/nodes/3/config/url`); a new object goes there again. */
  goTo?: { pointer: string } | null;
  /** Which tab is shown, where the page around keeps it. */
  tab?: Tab;
  onTab?(tab: Tab): void;
}

type Tab = 'settings' | 'run';

export default function PanelBody({ lastRun, goTo, tab: wanted, onTab, ...actions }: PanelProps) {
  const t = usePanelWords();
  const selection = useEditor((state) => state.selection);
  const many = selection.nodes.length + selection.edges.length > 1;
  const id = many ? undefined : selection.nodes[0];
  const node = useEditor((state) => state.doc.nodes.find((one) => one.id === id));
  const type = useEditor((state) => state.types.get(node?.type ?? ''));
  const [own, setOwn] = useState<Tab>('settings');
  const tab = wanted ?? own;
  const setTab = (next: Tab) => {
    setOwn(next);
    onTab?.(next);
  };
  const [reveal, setReveal] = useState<Reveal | null>(null);
  const [shown, setShown] = useState(id);
  if (shown !== id) {
    // Where people were sent in one node must not take the focus in the next.
    setShown(id);
    setReveal(null);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when people are sent somewhere
  useEffect(() => {
    const pointer = formPointer(goTo?.pointer ?? null);
    if (!pointer) return;
    setTab('settings');
    setReveal({ pointer });
  }, [goTo]);
  return (
    <aside aria-label={t('panel')} className="flex h-full min-h-0 w-full min-w-0 flex-col overflow-hidden bg-surface">
      {node ? (
        <NodePanel
          key={node.id}
          node={node}
          type={type}
          lastRun={lastRun}
          tab={tab}
          onTab={setTab}
          reveal={reveal}
          onReveal={setReveal}
          {...actions}
        />
      ) : many ? (
        <ManyView selection={selection} onClose={actions.onClose} />
      ) : selection.edges[0] ? (
        <EdgeView id={selection.edges[0]} onClose={actions.onClose} />
      ) : (
        <NothingView onClose={actions.onClose} />
      )}
    </aside>
  );
}
