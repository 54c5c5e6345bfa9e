/** The quick list of node types: key A, a double click on empty canvas, a line let go on it. */
import { useMemo, useState } from 'react';
import { useText } from '@/i18n';
import { useEditor } from '../graph/store';
import { takes } from './adding';
import { byCategory, searched } from './catalogue';
import type { Commands } from './commands';
import { focusCard } from './commands';
import { QuickList } from './QuickList';
import { TypeTile } from './TypeTile';
import { type Adding, useView } from './view';
import { isWord, useWords } from './words';

export function AddMenu({ adding, commands }: { adding: Adding; commands: Commands }) {
  const t = useWords();
  const text = useText();
  const types = useEditor((state) => state.types);
  const [query, setQuery] = useState('');
  const fitting = useMemo(() => {
    const all = byCategory(types.values()).flatMap(([, list]) => list);
    const { from } = adding;
    return from ? all.filter((type) => takes(useEditor.getState(), type, from)) : all;
  }, [types, adding]);
  const found = searched(fitting, query);
  return (
    <QuickList
      label={t('addNode')}
      at={adding.screen}
      query={query}
      onQuery={setQuery}
      note={adding.from && t('addFitting')}
      empty={fitting.length ? t('noTypes', { query }) : t('noFitting')}
      items={found.map((type) => {
        const key = `cat_${type.category}`;
        return {
          id: type.type,
          mark: <TypeTile type={type} small />,
          title: text(type.label),
          hint: type.plugin ? t('plugin') : isWord(key) ? t(key) : type.category,
        };
      })}
      onPick={(name) => {
        const type = types.get(name);
        if (type) focusCard(commands.add(type));
      }}
      onClose={() => useView.getState().set({ adding: null })}
    />
  );
}
