import { useState } from 'react';
import type { Citation } from '@/api/types';
import { LazyCitation } from '@/documents/LazyCitation';
import { SourceList } from '@/documents/SourceList';
import { useT } from '@/i18n';
import { words } from '../words';
import { Hits } from './Hits';
import { JsonTree } from './JsonTree';
import { kindOf, passagesOf, sizeOf } from './kinds';
import { TextValue } from './TextValue';

interface Props {
  value: unknown;
  /** What it is called, for those who do not see where it stands. */
  name: string;
  /** Words to look for in it. */
  query?: string;
}

/** Any value as people read it: texts as texts, passages as cards that open their page, the rest as a tree. */
export function ValueView({ value, name, query = '' }: Props) {
  const t = useT(words);
  const kind = kindOf(value);
  switch (kind) {
    case 'nothing':
      return <p className="text-ink-3">{t('nothing')}</p>;
    case 'text':
      return <TextValue text={value as string} query={query} />;
    case 'number':
    case 'boolean':
      return <p className="font-mono text-sm">{String(value)}</p>;
    case 'passages':
      return <Passages passages={passagesOf(value) ?? []} query={query} />;
    default:
      if (!sizeOf(value)) return <p className="text-ink-3">{kind === 'list' ? t('emptyList') : t('emptyObject')}</p>;
      if (query) return <Hits value={value} query={query} />;
      return <JsonTree value={value} name={name} />;
  }
}

function Passages({ passages, query }: { passages: Citation[]; query: string }) {
  const t = useT(words);
  const [opened, setOpened] = useState<Citation | null>(null);
  const wanted = query.toLowerCase();
  const shown = passages.filter((one) => `${one.text} ${one.document_name}`.toLowerCase().includes(wanted));
  return (
    <>
      {shown.length ? <SourceList citations={shown} onOpen={setOpened} /> : <p className="text-ink-3">{t('noHit')}</p>}
      <LazyCitation citation={opened} onClose={() => setOpened(null)} />
    </>
  );
}
