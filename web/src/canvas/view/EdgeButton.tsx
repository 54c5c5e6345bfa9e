import { EdgeLabelRenderer, useStore } from '@xyflow/react';
import { ArrowRightLeft, TriangleAlert } from 'lucide-react';
import { Popover } from 'radix-ui';
import { cn } from '@/lib/cn';
import { useEditor } from '../graph/store';
import { EdgeEditorLazily } from './EdgeEditorLazily';
import { enterEdge, leaveEdge } from './hover';
import { useView } from './view';
import { useWords } from './words';

/** The way into an edge's mapping, in the middle of its line. As large at every zoom. */
export function EdgeButton({ id, x, y, broken }: { id: string; x: number; y: number; broken: boolean }) {
  const t = useWords();
  const scale = useStore((state) => 1 / Math.min(1, state.transform[2]));
  const open = useView((view) => view.mapping === id);
  const setOpen = (next: boolean) => {
    useView.getState().set({ mapping: next ? id : null });
    if (next) useEditor.getState().select({ edges: [id] });
  };
  const Icon = broken ? TriangleAlert : ArrowRightLeft;
  return (
    <EdgeLabelRenderer>
      <Popover.Root open={open} onOpenChange={setOpen}>
        <Popover.Trigger asChild>
          <button
            type="button"
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
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content
            sideOffset={8}
            collisionPadding={12}
            aria-label={t('mapping')}
            className="enter-fade z-40 w-112 max-w-[calc(100vw-24px)] rounded-lg border border-line bg-surface p-4 shadow-overlay"
          >
            <EdgeEditorLazily id={id} onDone={() => setOpen(false)} />
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
    </EdgeLabelRenderer>
  );
}
