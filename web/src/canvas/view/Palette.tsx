/** The catalogue at the canvas's left: drag a node type onto the canvas, or press Enter to add it beside the selection. */
import { useQuery } from '@tanstack/react-query';
import { PanelLeftClose, Search, TriangleAlert } from 'lucide-react';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { nodeTypesQuery } from '@/api/queries';
import type { NodeType } from '@/api/types';
import { useText } from '@/i18n';
import { Badge } from '@/ui/badge';
import { Input } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { useEditor } from '../graph/store';
import { byCategory, searched } from './catalogue';
import type { Commands } from './commands';
import { DRAGGED_TYPE } from './drop';
import { TypeTile } from './TypeTile';
import { useView } from './view';
import { isWord, useWords } from './words';

export function Palette({ commands, locked }: { commands: Commands; locked: boolean }) {
  const t = useWords();
  const id = useId();
  const types = useEditor((state) => state.types);
  const [query, setQuery] = useState('');
  const groups = useMemo(() => byCategory(searched(types.values(), query)), [types, query]);
  const first = groups[0]?.[1][0];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && first && query && !locked && !event.nativeEvent.isComposing) commands.add(first);
    if (event.key === 'Escape' && query) {
      setQuery('');
      event.stopPropagation();
    }
  };
  return (
    <aside aria-label={t('palette')} className="flex w-56 shrink-0 flex-col border-r border-line bg-surface">
      <div className="flex items-center gap-1 py-2.5 pr-1.5 pl-3">
        <div className="relative min-w-0 flex-1">
          <Search size={14} aria-hidden="true" className="pointer-events-none absolute top-2.25 left-2.5 text-ink-3" />
          <Input
            type="search"
            aria-label={t('searchTypes')}
            aria-controls={id}
            placeholder={t('searchTypes')}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={onKeyDown}
            className="pl-8!"
          />
        </div>
        <IconButton
          icon={PanelLeftClose}
          size="small"
          label={t('hidePalette')}
          shortcut="["
          side="right"
          onClick={() => useView.getState().set({ palette: false })}
        />
      </div>
      <section id={id} aria-label={t('nodeTypes')} className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
        {groups.map(([category, list]) => (
          <CategoryList key={category} category={category} types={list} commands={commands} locked={locked} />
        ))}
        {!groups.length && <p className="px-2 py-3 text-ink-2">{t('noTypes', { query })}</p>}
        {!query && <FailedPlugins />}
      </section>
    </aside>
  );
}

interface ListProps {
  category: string;
  types: NodeType[];
  commands: Commands;
  locked: boolean;
}

function CategoryList({ category, types, commands, locked }: ListProps) {
  const t = useWords();
  const text = useText();
  const key = `cat_${category}`;
  return (
    <section>
      <h2 className="px-2 pt-3 pb-1 text-xs font-semibold text-ink-3">{isWord(key) ? t(key) : category}</h2>
      <ul>
        {types.map((type) => (
          <li key={type.type}>
            <button
              type="button"
              draggable={!locked}
              disabled={locked}
              title={text(type.description)}
              onDragStart={(event) => {
                event.dataTransfer.setData(DRAGGED_TYPE, type.type);
                event.dataTransfer.effectAllowed = 'copy';
              }}
              onClick={() => commands.add(type)}
              className="flex h-8 w-full items-center gap-2.5 rounded-md px-2 text-left -outline-offset-2 not-disabled:cursor-grab not-disabled:hover:bg-sunken disabled:opacity-55"
            >
              <TypeTile type={type} small />
              <span className="min-w-0 flex-1 truncate">{text(type.label)}</span>
              {type.plugin && <Badge>{t('plugin')}</Badge>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Plugins that could not be loaded, with the reason: silence would send people looking elsewhere. */
function FailedPlugins() {
  const t = useWords();
  const text = useText();
  const { data } = useQuery(nodeTypesQuery);
  const failed = data?.plugins.filter((plugin) => plugin.error) ?? [];
  if (!failed.length) return null;
  return (
    <section>
      <h2 className="px-2 pt-4 pb-1 text-xs font-semibold text-ink-3">{t('failedPlugins')}</h2>
      <ul className="flex flex-col gap-1.5 px-2">
        {failed.map((plugin) => (
          <li key={plugin.file} className="rounded-md bg-bad-soft px-2 py-1.5">
            <span className="flex items-center gap-1.5 font-medium text-bad">
              <TriangleAlert size={14} aria-hidden="true" className="shrink-0" />
              <span className="min-w-0 truncate font-mono text-sm" title={plugin.file}>
                {plugin.file.split('/').at(-1)}
              </span>
            </span>
            <p className="mt-0.5 text-sm break-words text-ink-2">{text(plugin.error?.message)}</p>
            {plugin.error?.detail && (
              <details className="text-xs text-ink-2">
                <summary className="cursor-pointer py-1">{t('detail')}</summary>
                <pre className="max-h-40 overflow-auto font-mono break-words whitespace-pre-wrap">
                  {plugin.error.detail}
                </pre>
              </details>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
