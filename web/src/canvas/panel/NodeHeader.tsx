/** The head of the panel: what the node is, its title to write over, and what can be done with it as a whole. */
import { CircleDot, Copy, EllipsisVertical, FlaskConical, Pencil, PinOff, Play, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import type { GraphNode, NodeType } from '@/api/types';
import { useText } from '@/i18n';
import { useCommon } from '@/i18n/common';
import { usePlace } from '@/runs/debug/known';
import { useDebug } from '@/runs/debug/store';
import { IconButton } from '@/ui/icon-button';
import { Menu, MenuItem, MenuLine } from '@/ui/menu';
import { useEditor } from '../graph/store';
import { TypeTile } from '../view/TypeTile';
import { useDraft } from './form/useDraft';
import { RenameDialog } from './RenameDialog';
import { isTunable } from './tunable';
import { usePanelWords } from './words';

interface Props {
  node: GraphNode;
  type: NodeType | undefined;
  onClose(): void;
  onRunNode?(id: string): void;
  onTune?(id: string): void;
}

export function NodeHeader({ node, type, onClose, onRunNode, onTune }: Props) {
  const t = usePanelWords();
  const c = useCommon();
  const text = useText();
  const canEdit = useEditor((state) => state.canEdit);
  const [renaming, setRenaming] = useState(false);
  const { patchNode, duplicate, remove } = useEditor.getState();
  const place = usePlace(node.id);
  const breakpoint = useDebug(({ breakpoints }) => place in breakpoints);
  const pinned = useDebug(({ pins }) => place in pins);
  const { toggle, unpin } = useDebug.getState();
  const kind = text(type?.label) || node.type;
  const title = useDraft(node.title ?? '', (next) => patchNode(node.id, { title: next.trim() }));
  return (
    <header className="flex items-start gap-2 border-b border-line py-2 pr-2 pl-3">
      <span className="mt-0.5">
        <TypeTile type={type} />
      </span>
      <div className="min-w-0 flex-1">
        <input
          aria-label={t('nodeTitle')}
          value={title.text}
          placeholder={kind}
          maxLength={200}
          readOnly={!canEdit}
          onChange={(event) => title.onChange(event.target.value)}
          onBlur={title.flush}
          onKeyDown={(event) => {
            if (event.nativeEvent.isComposing) return;
            if (event.key === 'Enter' || event.key === 'Escape') event.currentTarget.blur();
          }}
          className="h-6 w-full truncate rounded-sm border border-transparent bg-transparent px-1 text-md font-semibold text-ink placeholder:text-ink focus-visible:outline-offset-0 not-read-only:hover:border-line"
        />
        <p className="truncate px-1.25 text-xs text-ink-3">
          {kind} · <span className="font-mono">{node.id}</span>
        </p>
      </div>
      {onRunNode && <IconButton icon={Play} label={t('runNode')} onClick={() => onRunNode(node.id)} />}
      {canEdit && (
        <Menu trigger={<IconButton icon={EllipsisVertical} label={c('more')} />}>
          <MenuItem icon={CircleDot} checked={breakpoint} shortcut="F9" onSelect={() => toggle(place)}>
            {t('breakpoint')}
          </MenuItem>
          {pinned && (
            <MenuItem icon={PinOff} onSelect={() => unpin(place)}>
              {t('unpin')}
            </MenuItem>
          )}
          {onTune && isTunable(type) && (
            <MenuItem icon={FlaskConical} onSelect={() => onTune(node.id)}>
              {t('compareVariants')}
            </MenuItem>
          )}
          <MenuLine />
          <MenuItem icon={Pencil} onSelect={() => setRenaming(true)}>
            {t('renameId')}
          </MenuItem>
          <MenuItem icon={Copy} onSelect={duplicate}>
            {t('duplicate')}
          </MenuItem>
          <MenuLine />
          <MenuItem icon={Trash2} danger onSelect={() => remove({ nodes: [node.id], edges: [] })}>
            {c('delete')}
          </MenuItem>
        </Menu>
      )}
      <IconButton icon={X} label={t('closePanel')} onClick={onClose} />
      {renaming && <RenameDialog node={node} onClose={() => setRenaming(false)} />}
    </header>
  );
}
