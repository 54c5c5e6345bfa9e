import { ArrowLeft, ArrowRight, ArrowRightLeft, X } from 'lucide-react';
import { useLanguage, useText } from '@/i18n';
import { IconButton } from '@/ui/icon-button';
import type { DocEdge } from '../graph/document';
import { nodePorts, useEditor } from '../graph/store';
import { useActions } from './actions';
import { linksFrom, linksInto } from './lookup';
import { titleOf } from './spoken';
import { useWords } from './words';

interface Props {
  id: string;
  onGo(id: string): void;
  onMapping(edge: string): void;
}

/** Where a node's values come from and where they go. */
export function OutlineLinks({ id, onGo, onMapping }: Props) {
  const t = useWords();
  const into = useEditor((state) => linksInto(state.doc.edges, id));
  const from = useEditor((state) => linksFrom(state.doc.edges, id));
  if (!into.length && !from.length) return <p className="text-sm text-ink-3">{t('unlinked')}</p>;
  const shared = { onGo, onMapping };
  return (
    <ul aria-label={t('links')} className="flex flex-col">
      {into.map((edge) => (
        <LinkRow key={edge.id} edge={edge} other={edge.source} {...shared} />
      ))}
      {from.map((edge) => (
        <LinkRow key={edge.id} edge={edge} other={edge.target} out {...shared} />
      ))}
    </ul>
  );
}

interface LinkProps extends Omit<Props, 'id'> {
  edge: DocEdge;
  other: string;
  out?: boolean;
}

function LinkRow({ edge, other, out, onGo, onMapping }: LinkProps) {
  const t = useWords();
  const text = useText();
  const language = useLanguage();
  const { locked } = useActions();
  const title = useEditor((state) => titleOf(state, other, language));
  const ports = useEditor((state) => nodePorts(state, edge.source));
  const branch = ports.branches.find((one) => one.id === edge.source_handle);
  const pairs = Object.entries(edge.data?.mapping ?? {}).map(([output, input]) => `${output} → ${input}`);
  const detail = branch ? text(branch.label) : (edge.source_handle ?? pairs.join(t('comma')));
  const Arrow = out ? ArrowRight : ArrowLeft;
  return (
    <li className="flex items-center gap-1 text-sm">
      <button
        type="button"
        onClick={() => onGo(other)}
        className="flex min-h-7 min-w-0 flex-1 items-center gap-1.5 rounded-sm px-1 text-left hover:bg-surface max-sm:min-h-10"
      >
        <span className="sr-only">{t(out ? 'goesTo' : 'comesFrom')}</span>
        <Arrow size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
        <span className="truncate">{title}</span>
        {detail && <span className="min-w-0 shrink truncate text-xs text-ink-3">{detail}</span>}
      </button>
      <IconButton icon={ArrowRightLeft} size="small" label={t('editMapping')} onClick={() => onMapping(edge.id)} />
      {!locked && (
        <IconButton
          icon={X}
          size="small"
          label={t('cut')}
          onClick={() => useEditor.getState().remove({ nodes: [], edges: [edge.id] })}
        />
      )}
    </li>
  );
}
