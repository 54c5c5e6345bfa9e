/** What a screen reader says of a node: type, title, state, problems, and what it is connected to. */
import { type Language, pick, useLanguage } from '@/i18n';
import type { NodeStatus } from '@/runs/fold';
import { useNodeRun } from '@/runs/store';
import { type EditorState, useEditor } from '../graph/store';
import { useBreakpoint, usePinned } from './DebugMarks';
import { linksFrom, linksInto, nodeProblems, nodesById } from './lookup';
import { STATUS } from './statusLook';
import { useWords, type Word } from './words';

type Say = (key: Word, values?: Record<string, string | number>) => string;

/** What a node is called: its title, else its type's name, else the name of a type that is not here. */
export function titleOf(state: EditorState, id: string, language: Language): string {
  const node = nodesById(state.doc.nodes).get(id);
  return node?.title || pick(state.types.get(node?.type ?? '')?.label, language) || node?.type || id;
}

/** "from Question, to Answer". */
function spokenLinks(state: EditorState, id: string, t: Say, language: Language): string {
  const names = (ids: string[]) => {
    const different = [...new Set(ids)];
    const shown = different.slice(0, 4).map((one) => titleOf(state, one, language));
    return shown.join(t('and')) + (different.length > 4 ? t('andMore', { n: different.length - 4 }) : '');
  };
  const from = linksInto(state.doc.edges, id).map((edge) => edge.source);
  const to = linksFrom(state.doc.edges, id).map((edge) => edge.target);
  return [
    from.length ? t('spokenFrom', { names: names(from) }) : '',
    to.length ? t('spokenTo', { names: names(to) }) : '',
  ]
    .filter(Boolean)
    .join(t('comma'));
}

export function spoken(state: EditorState, id: string, status: NodeStatus, t: Say, language: Language): string {
  const node = nodesById(state.doc.nodes).get(id);
  if (!node) return id;
  const type = pick(state.types.get(node.type)?.label, language) || `${t('unknownType')} ${node.type}`;
  const problems = nodeProblems(state.problems, id);
  const errors = problems.filter((one) => one.severity === 'error').length;
  return [
    type,
    node.title && node.title !== type ? node.title : '',
    status === 'idle' ? '' : t(STATUS[status].word),
    errors ? t('errors', { n: errors }) : '',
    problems.length > errors ? t('warnings', { n: problems.length - errors }) : '',
    spokenLinks(state, id, t, language),
  ]
    .filter(Boolean)
    .join(t('comma'));
}

export function useSpoken(id: string): string {
  const t = useWords();
  const language = useLanguage();
  const status = useNodeRun(id)?.status ?? 'idle';
  const breakpoint = useBreakpoint(id);
  const pinned = usePinned(id);
  const set = [
    breakpoint === 'none' ? '' : t(breakpoint === 'inside' ? 'breakpointInside' : 'breakpoint'),
    pinned ? t('pinnedMark') : '',
  ];
  const said = useEditor((state) => spoken(state, id, status, t, language));
  return [said, ...set].filter(Boolean).join(t('comma'));
}

export function useSpokenLinks(id: string): string {
  const t = useWords();
  const language = useLanguage();
  return useEditor((state) => spokenLinks(state, id, t, language));
}
