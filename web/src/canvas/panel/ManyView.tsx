/** Several things are selected: what can be done with all of them. */
import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignHorizontalSpaceAround,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceAround,
  Copy,
  type LucideIcon,
  Trash2,
} from 'lucide-react';
import { useCommon } from '@/i18n/common';
import { Button } from '@/ui/button';
import { IconButton } from '@/ui/icon-button';
import { positionOf } from '../graph/document';
import { heightOf, WIDTH } from '../graph/geometry';
import { nodePorts, type Selection, useEditor } from '../graph/store';
import { TypeTile } from '../view/TypeTile';
import { aligned, type Box, type Way } from './align';
import { Frame } from './Frame';
import { Section } from './Section';
import { useNodeTitle } from './titles';
import { usePanelWords, type words } from './words';

const WAYS: [Way, LucideIcon, keyof typeof words.en][] = [
  ['left', AlignStartVertical, 'alignLeft'],
  ['center', AlignCenterVertical, 'alignCenter'],
  ['top', AlignStartHorizontal, 'alignTop'],
  ['middle', AlignCenterHorizontal, 'alignMiddle'],
  ['row', AlignHorizontalSpaceAround, 'spaceRow'],
  ['column', AlignVerticalSpaceAround, 'spaceColumn'],
];

export function ManyView({ selection, onClose }: { selection: Selection; onClose(): void }) {
  const t = usePanelWords();
  const c = useCommon();
  const canEdit = useEditor((state) => state.canEdit);
  const nodes = useEditor((state) => state.doc.nodes);
  const types = useEditor((state) => state.types);
  const title = useNodeTitle();
  const { move, duplicate, remove, select } = useEditor.getState();
  const chosen = new Set(selection.nodes);
  const picked = nodes.filter((node) => chosen.has(node.id));
  const align = (way: Way) => {
    const state = useEditor.getState();
    const boxes: Box[] = picked.map((node) => ({
      id: node.id,
      ...positionOf(node),
      width: WIDTH,
      height: heightOf(nodePorts(state, node.id)),
    }));
    move(aligned(boxes, way), 'edit_tidy');
  };
  const parts = [
    picked.length ? t('nNodes', { n: picked.length }) : '',
    selection.edges.length ? t('nEdges', { n: selection.edges.length }) : '',
  ].filter(Boolean);
  return (
    <Frame title={t('selected', { what: parts.join(t('comma')) })} onClose={onClose}>
      {canEdit && (
        <div className="flex flex-wrap gap-2">
          {picked.length > 0 && (
            <Button icon={Copy} onClick={duplicate}>
              {t('duplicate')}
            </Button>
          )}
          <Button icon={Trash2} variant="danger" onClick={() => remove(selection)}>
            {c('delete')}
          </Button>
        </div>
      )}
      {canEdit && picked.length > 1 && (
        <Section title={t('align')}>
          <div className="-ml-1.5 flex flex-wrap gap-0.5">
            {WAYS.map(([way, icon, label]) => (
              <IconButton
                key={way}
                icon={icon}
                label={t(label)}
                disabled={picked.length < 3 && (way === 'row' || way === 'column')}
                onClick={() => align(way)}
              />
            ))}
          </div>
        </Section>
      )}
      <ul className="flex flex-col gap-0.5">
        {picked.slice(0, 100).map((node) => (
          <li key={node.id}>
            <button
              type="button"
              onClick={() => select({ nodes: [node.id] })}
              className="-mx-1.5 flex min-h-9 w-[calc(100%+0.75rem)] items-center gap-2 rounded-md px-1.5 text-left hover:bg-sunken"
            >
              <TypeTile type={types.get(node.type)} small />
              <span className="min-w-0 flex-1 truncate">{title(node)}</span>
              <span className="max-w-28 shrink-0 truncate font-mono text-xs text-ink-3">{node.id}</span>
            </button>
          </li>
        ))}
      </ul>
    </Frame>
  );
}
