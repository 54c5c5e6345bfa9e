import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { Problem } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { FlowLink } from '@/canvas/panel/FlowLink';
import { useT, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { words } from '../words';

interface Props {
  problems: readonly Problem[];
  /** The one that is looked at. */
  index: number;
  onPick(problem: Problem, index: number): void;
}

const LOOKS = {
  error: { icon: CircleX, color: 'text-bad', word: 'error' },
  warning: { icon: TriangleAlert, color: 'text-warn', word: 'warning' },
} as const;

/** What the checker says of the draft. A click or F8 goes to where it is. */
export function ProblemsTab({ problems, index, onPick }: Props) {
  const t = useT(words);
  const text = useText();
  const where = useWhere();
  const current = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the walked problem comes into view
  useEffect(() => {
    current.current?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  if (!problems.length) {
    return (
      <p className="flex h-full items-center justify-center gap-2 p-4 text-ink-2">
        <CircleCheck size={16} aria-hidden="true" className="text-ok" />
        {t('noProblems')}
      </p>
    );
  }
  return (
    <ul className="h-full overflow-y-auto py-1">
      {problems.map((problem, place) => {
        const { icon: Icon, color, word } = LOOKS[problem.severity];
        return (
          <li key={`${problem.pointer} ${problem.node} ${problem.edge} ${text(problem.message)}`}>
            <button
              ref={place === index ? current : undefined}
              type="button"
              aria-current={place === index || undefined}
              onClick={() => onPick(problem, place)}
              className={cn(
                'flex min-h-8 w-full items-start gap-2 px-3 py-1.5 text-left -outline-offset-2 hover:bg-sunken',
                place === index && 'bg-accent-soft',
              )}
            >
              <Icon size={15} aria-hidden="true" className={cn('mt-0.5 shrink-0', color)} />
              <span className="sr-only">{t(word)}</span>
              <span className="w-44 shrink-0 truncate font-medium max-sm:w-24">{where(problem)}</span>
              <span className="min-w-0 flex-1 break-words text-ink-2">{text(problem.message)}</span>
              <span className="shrink-0 font-mono text-xs leading-5 text-ink-3 max-lg:hidden">{problem.code}</span>
            </button>
            <FlowLink code={problem.code} className="mb-1 ml-55 max-sm:ml-35" />
          </li>
        );
      })}
    </ul>
  );
}

/** Names the place of a problem: a node, an edge by its two ends, or the whole flow. */
function useWhere(): (problem: Problem) => string {
  const t = useT(words);
  const text = useText();
  const nodes = useEditor((state) => state.doc.nodes);
  const edges = useEditor((state) => state.doc.edges);
  const edgeIds = useEditor((state) => state.edgeIds);
  const types = useEditor((state) => state.types);
  const title = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    return node?.title || text(types.get(node?.type ?? '')?.label) || id;
  };
  return ({ node, edge }) => {
    if (node) return title(node);
    const found = edge === null ? undefined : edges.find((one) => one.id === edgeIds[edge]);
    return found ? `${title(found.source)} → ${title(found.target)}` : t('wholeFlow');
  };
}
