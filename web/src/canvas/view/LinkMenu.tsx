/** Connecting without a mouse: a list of the ports that fit the chosen node. */
import { useMemo, useState } from 'react';
import { useLanguage, useText } from '@/i18n';
import { toast } from '@/ui/toast';
import type { Point } from '../graph/document';
import { useEditor } from '../graph/store';
import { focusCard } from './commands';
import { possibleLinks } from './links';
import { nodesById } from './lookup';
import { QuickList } from './QuickList';
import { refusalText } from './refusal';
import { titleOf } from './spoken';
import { TypeTile } from './TypeTile';
import { useView } from './view';
import { useWords } from './words';

const MOST = 60;

export function LinkMenu({ node, at }: { node: string; at: Point }) {
  const t = useWords();
  const text = useText();
  const language = useLanguage();
  const state = useEditor();
  const [query, setQuery] = useState('');
  const links = useMemo(() => possibleLinks(useEditor.getState(), node), [node]);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const close = () => {
    useView.getState().set({ linking: null });
    focusCard(node);
  };
  const shown = links
    .map((link, place) => ({ link, place, title: titleOf(state, link.target, language) }))
    .filter(({ link, title }) => {
      const all = `${title} ${link.target} ${text(link.from)} ${text(link.into)}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
  return (
    <QuickList
      label={t('linkFrom', { node: titleOf(state, node, language) })}
      at={at}
      query={query}
      onQuery={setQuery}
      empty={links.length ? t('noNode', { query }) : t('nothingFits')}
      items={shown.slice(0, MOST).map(({ link, place, title }) => ({
        id: String(place),
        mark: <TypeTile type={state.types.get(nodesById(state.doc.nodes).get(link.target)?.type ?? '')} small />,
        title,
        hint: link.into === null ? text(link.from) : `${text(link.from)} → ${text(link.into)}`,
      }))}
      onPick={(place) => {
        const link = links[Number(place)];
        const refusal = link && state.connect(link);
        if (refusal) toast(refusalText(t, refusal), { tone: 'bad' });
        close();
      }}
      onClose={close}
    />
  );
}
