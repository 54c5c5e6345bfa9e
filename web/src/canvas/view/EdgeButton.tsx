import { EdgeLabelRenderer, useStore } from '@xyflow/react';
import { ArrowRightLeft, TriangleAlert } from 'lucide-react';
import { Suspense, useRef } from 'react';
import { cn } from '@/lib/cn';
import { lazily } from '@/lib/lazily';
import { useEditor } from '../graph/store';
import { enterEdge, leaveEdge } from './hover';
import { useView } from './view';
import { useWords } from './words';

const EdgePopover = lazily(() => import('./EdgePopover'));

/** The way into an edge's mapping, in the middle of its line. As large at every zoom. */
export function EdgeButton({ id, x, y, broken }: { id: string; x: number; y: number; broken: boolean }) {
  const t = useWords();
  const button = useRef<HTMLButtonElement>(null);
  const scale = useStore((state) => 1 / Math.min(1, state.transform[2]));
  const open = useView((view) => view.mapping === id);
  const setOpen = (next: boolean) => {
    useView.getState().set({ mapping: next ? id : null });
    if (next) useEditor.getState().select({ edges: [id] });
  };
  const Icon = broken ? TriangleAlert : ArrowRightLeft;
  return (
    <EdgeLabelRenderer>
      <button
        ref={button}
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        aria-label={t('editMapping')}
        title={t('editMapping')}
        tabIndex={-1}
        onPointerEnter={() => enterEdge(id)}
        onPointerLeave={leaveEdge}
        className={cn(
          'edge-button nodrag nopan pointer-events-auto absolute z-10 grid size-6 place-items-center rounded-full border bg-surface shadow-rest transition-colors duration-120 hover:border-accent hover:bg-accent-soft hover:text-accent',
          broken ? 'border-bad text-bad' : 'border-line-strong text-ink-2',
          open && 'border-accent text-accent',
        )}
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(${scale})` }}
      >
        <Icon size={13} aria-hidden="true" />
      </button>
      {open && (
        <Suspense>
          <EdgePopover id={id} anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </EdgeLabelRenderer>
  );
}
