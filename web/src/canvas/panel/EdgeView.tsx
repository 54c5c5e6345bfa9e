import { ArrowDown, ArrowRightLeft, Trash2 } from 'lucide-react';
import type { GraphNode } from '@/api/types';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { useEditor } from '../graph/store';
import { TypeTile } from '../view/TypeTile';
import { useView } from '../view/view';
import { Frame } from './Frame';
import { useNodeTitle } from './titles';
import { usePanelWords } from './words';

/** A connection: its mapping is edited on the canvas, where it is seen; here is what it is. */
export function EdgeView({ id, onClose }: { id: string; onClose(): void }) {
  const t = usePanelWords();
  const c = useCommon();
  const canEdit = useEditor((state) => state.canEdit);
  const edge = useEditor((state) => state.doc.edges.find((one) => one.id === id));
  const nodes = useEditor((state) => state.doc.nodes);
  if (!edge) return null;
  const find = (end: string) => nodes.find((node) => node.id === end);
  const mapping = Object.entries(edge.data?.mapping ?? {});
  return (
    <Frame title={t('edge')} onClose={onClose}>
      <div className="flex flex-col gap-1">
        <End id={edge.source} node={find(edge.source)} />
        <ArrowDown size={16} aria-hidden="true" className="ml-3.5 text-ink-3" />
        <End id={edge.target} node={find(edge.target)} />
      </div>
      {edge.source_handle && <p className="text-ink-2">{t('edgeBranch', { name: edge.source_handle })}</p>}
      {mapping.length > 0 && (
        <ul className="flex flex-col gap-1 font-mono text-sm">
          {mapping.map(([from, to]) => (
            <li key={from}>
              {from} → {to}
            </li>
          ))}
        </ul>
      )}
      <p className="text-sm text-ink-3">{t('edgeHint')}</p>
      {canEdit && (
        <div className="flex flex-wrap gap-2">
          <Button icon={ArrowRightLeft} onClick={() => useView.getState().set({ mapping: id })}>
            {t('editMapping')}
          </Button>
          <Button
            icon={Trash2}
            variant="danger"
            onClick={() => useEditor.getState().remove({ nodes: [], edges: [id] })}
          >
            {c('delete')}
          </Button>
        </div>
      )}
    </Frame>
  );
}

function End({ id, node }: { id: string; node: GraphNode | undefined }) {
  const title = useNodeTitle();
  const type = useEditor((state) => state.types.get(node?.type ?? ''));
  return (
    <button
      type="button"
      disabled={!node}
      onClick={() => useEditor.getState().select({ nodes: [id] })}
      className="flex min-h-10 items-center gap-2 rounded-md border border-line px-2 text-left not-disabled:hover:border-line-strong"
    >
      <TypeTile type={type} small />
      <span className="min-w-0 flex-1 truncate font-medium">{node ? title(node) : id}</span>
      <span className="shrink-0 font-mono text-xs text-ink-3">{id}</span>
    </button>
  );
}
