/** Finds a node by title, type or id, and goes to it while the arrows pass over the hits. */
import { useState } from 'react';
import { pick, useLanguage } from '@/i18n';
import type { Point } from '../graph/document';
import { useEditor } from '../graph/store';
import type { Commands } from './commands';
import { nodesById } from './lookup';
import { flowOrder } from './order';
import { QuickList } from './QuickList';
import { titleOf } from './spoken';
import { TypeTile } from './TypeTile';
import { useView } from './view';
import { useWords } from './words';

const MOST = 60;

export function FindBox({ at, commands }: { at: Point; commands: Commands }) {
  const t = useWords();
  const language = useLanguage();
  const state = useEditor();
  const [query, setQuery] = useState('');
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const nodes = nodesById(state.doc.nodes);
  const hits = flowOrder(state.doc).flatMap((id) => {
    const node = nodes.get(id);
    const type = state.types.get(node?.type ?? '');
    const title = titleOf(state, id, language);
    const all = `${title} ${pick(type?.label, language)} ${node?.type} ${id}`.toLowerCase();
    return words.every((word) => all.includes(word)) ? [{ id, title, type }] : [];
  });
  return (
    <QuickList
      label={t('findNode')}
      at={at}
      query={query}
      onQuery={setQuery}
      empty={t('noNode', { query })}
      items={hits.slice(0, MOST).map(({ id, title, type }) => ({
        id,
        mark: <TypeTile type={type} small />,
        title,
        hint: <span className="font-mono">{id}</span>,
      }))}
      onActive={(id) => {
        useEditor.getState().select({ nodes: [id] });
        commands.show(id);
      }}
      onPick={(id) => {
        useView.getState().set({ find: false });
        commands.goTo(id);
      }}
      onClose={() => useView.getState().set({ find: false })}
    />
  );
}
