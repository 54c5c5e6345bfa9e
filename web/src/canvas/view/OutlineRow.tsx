/** One node of the outline. The selected one shows its connections and what can be done with it. */
import { CircleAlert, CircleDot, PanelRightOpen, Pin, Plus, Spline, Trash2, TriangleAlert } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import { useLanguage, useText } from '@/i18n';
import { cn } from '@/lib/cn';
import { placeOf } from '@/runs/debug/known';
import { useDebug } from '@/runs/debug/store';
import { useNodeRun } from '@/runs/store';
import { Button } from '@/ui/button';
import { useEditor } from '../graph/store';
import { useActions } from './actions';
import { useBreakpoint, usePinned } from './DebugMarks';
import { nodeProblems, nodesById } from './lookup';
import { OutlineLinks } from './OutlineLinks';
import { titleOf, useSpokenLinks } from './spoken';
import { STATUS } from './statusLook';
import { TypeTile } from './TypeTile';
import { useView } from './view';
import { useWords } from './words';

interface Props {
  id: string;
  /** The one row that Tab comes to. */
  entry: boolean;
  onGo(id: string): void;
  onMapping(edge: string): void;
}

export const OutlineRow = memo(function OutlineRow({ id, entry, onGo, onMapping }: Props) {
  const t = useWords();
  const text = useText();
  const language = useLanguage();
  const node = useEditor((state) => nodesById(state.doc.nodes).get(id));
  const type = useEditor((state) => state.types.get(node?.type ?? ''));
  const title = useEditor((state) => titleOf(state, id, language));
  const summary = useEditor((state) => state.ports[id]?.summary);
  const selected = useEditor((state) => state.selection.nodes.includes(id));
  const problems = useEditor((state) => nodeProblems(state.problems, id));
  const status = useNodeRun(id)?.status ?? 'idle';
  const look = status === 'idle' ? null : STATUS[status];
  const links = useSpokenLinks(id);
  const { openPanel } = useActions();
  const errors = problems.filter((one) => one.severity === 'error').length;
  const bad = errors > 0;
  const count = errors || problems.length;
  const ProblemIcon = bad ? CircleAlert : TriangleAlert;
  return (
    <li className={cn('outline-row rounded-md', selected && 'bg-accent-soft')}>
      <button
        type="button"
        data-outline={id}
        tabIndex={entry ? 0 : -1}
        aria-current={selected || undefined}
        onClick={() => onGo(id)}
        onDoubleClick={openPanel}
        className="flex min-h-11 w-full items-center gap-2.5 rounded-md px-2 py-1 text-left -outline-offset-2 hover:bg-sunken/60"
      >
        <TypeTile type={type} small />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{title}</span>
          <span className="block truncate text-sm text-ink-3">
            {type ? text(type.label) : t('unknownType')}
            {summary && ` · ${summary}`}
          </span>
        </span>
        <Marks id={id} />
        {problems.length > 0 && (
          <span
            className={cn('flex shrink-0 items-center gap-1 text-xs font-semibold', bad ? 'text-bad' : 'text-warn')}
          >
            <ProblemIcon size={13} aria-hidden="true" />
            <span className="figures" aria-hidden="true">
              {count}
            </span>
            <span className="sr-only">{t(bad ? 'errors' : 'warnings', { n: count })}</span>
          </span>
        )}
        {look && (
          <span className={cn('flex shrink-0 items-center gap-1 text-xs font-medium', look.color)}>
            <look.icon size={13} aria-hidden="true" />
            {t(look.word)}
          </span>
        )}
        <span className="sr-only">{links}</span>
      </button>
      {selected && (
        <div className="flex flex-col gap-2 px-2 pt-1 pb-2.5">
          {problems.map((one) => (
            <p key={`${one.code} ${one.pointer}`} className="text-sm text-ink-2">
              {text(one.message)}
            </p>
          ))}
          <OutlineLinks id={id} onGo={onGo} onMapping={onMapping} />
          <RowActions id={id} />
        </div>
      )}
    </li>
  );
});

/** A breakpoint and pinned outputs, in icon and word. */
function Marks({ id }: { id: string }) {
  const t = useWords();
  const { locked } = useActions();
  const breakpoint = useBreakpoint(id);
  const pinned = usePinned(id);
  if (locked) return null;
  const inside = breakpoint === 'inside';
  return (
    <>
      {breakpoint !== 'none' && (
        <span className="shrink-0 text-pause" title={t(inside ? 'breakpointInside' : 'breakpoint')}>
          <CircleDot size={14} aria-hidden="true" />
          <span className="sr-only">{t(inside ? 'breakpointInside' : 'breakpoint')}</span>
        </span>
      )}
      {pinned && (
        <span className="shrink-0 text-accent" title={t('pinnedHint')}>
          <Pin size={13} aria-hidden="true" />
          <span className="sr-only">{t('pinnedMark')}</span>
        </span>
      )}
    </>
  );
}

function RowActions({ id }: { id: string }) {
  const t = useWords();
  const { locked, openPanel } = useActions();
  const { set } = useView.getState();
  const below = (event: MouseEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: box.left, y: box.bottom + 4 };
  };
  return (
    <div className="flex flex-wrap gap-1.5">
      <Button size="small" icon={PanelRightOpen} onClick={openPanel}>
        {t('openNode')}
      </Button>
      {!locked && (
        <>
          <Button size="small" icon={CircleDot} onClick={() => useDebug.getState().toggle(placeOf(id))}>
            {t('breakpoint')}
          </Button>
          <Button size="small" icon={Spline} onClick={() => set({ linking: id })}>
            {t('link')}
          </Button>
          <Button size="small" icon={Plus} onClick={(event) => set({ adding: { screen: below(event) } })}>
            {t('addAfter')}
          </Button>
          <Button
            size="small"
            variant="danger"
            icon={Trash2}
            onClick={() => useEditor.getState().remove({ nodes: [id], edges: [] })}
          >
            {t('removeNode')}
          </Button>
        </>
      )}
    </div>
  );
}
