/** The canvas: the flow as a drawing with its palette, or as an outline. The page around it lends the side panel. */
import './canvas.css';
import { ReactFlowProvider } from '@xyflow/react';
import { type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef } from 'react';
import { lazily } from '@/lib/lazily';
import { useEditor } from '../graph/store';
import { AddMenu } from './AddMenu';
import { Announcer } from './Announcer';
import { ActionsContext } from './actions';
import { Bubble } from './Bubble';
import { type Commands, useCommands } from './commands';
import { EmptyCanvas } from './EmptyCanvas';
import { FindBox } from './FindBox';
import { LinkMenu } from './LinkMenu';
import { Palette } from './Palette';
import { Surface } from './Surface';
import { Toolbar } from './Toolbar';
import { useKeys } from './useKeys';
import { useMedia } from './useMedia';
import { usePointer } from './usePointer';
import { closeAll, useView } from './view';
import { useWords } from './words';
import { ZoomBar } from './ZoomBar';

const Outline = lazily(() => import('./Outline'));
const HelpDialog = lazily(() => import('./HelpDialog'));

interface Props {
  /** Nothing can be changed: an old version or a past run is shown. */
  readOnly?: boolean;
  /** Enter or a double click on a node. */
  onOpenPanel?(): void;
  /** Beside the toolbar: how the run goes. */
  overlay?: ReactNode;
}

export function Canvas(props: Props) {
  return (
    <ReactFlowProvider>
      <Inside {...props} />
    </ReactFlowProvider>
  );
}

const nothing = () => {};

function Inside({ readOnly = false, onOpenPanel = nothing, overlay }: Props) {
  const t = useWords();
  const root = useRef<HTMLElement>(null);
  const commands = useCommands();
  const canEdit = useEditor((state) => state.canEdit);
  const focus = useEditor((state) => state.focus);
  const locked = readOnly || !canEdit;
  const narrow = useMedia('(width < 40rem)');
  const { palette, outline } = useView();
  const pointer = usePointer(root);
  const latest = useRef(onOpenPanel);
  latest.current = onOpenPanel;
  const openPanel = useCallback(() => latest.current(), []);
  const actions = useMemo(() => ({ openPanel, locked }), [openPanel, locked]);
  useKeys({ root, commands, locked, openPanel, pointer });
  useEffect(() => closeAll, []);
  return (
    <ActionsContext value={actions}>
      <section ref={root} aria-label={t('canvas')} className="flex h-full min-h-0 min-w-0 flex-1">
        {narrow ? (
          <div className="flex min-w-0 flex-1 flex-col">
            {overlay && (
              <div className="flex flex-wrap gap-2 border-b border-line bg-surface p-2 has-[>:empty]:hidden">
                {overlay}
              </div>
            )}
            <Suspense>
              <Outline commands={commands} alone />
            </Suspense>
          </div>
        ) : (
          <>
            {outline && (
              <Suspense>
                <Outline commands={commands} />
              </Suspense>
            )}
            {/* Who may change nothing has nothing to add. */}
            {!outline && palette && !locked && <Palette commands={commands} locked={locked} />}
            <div className="relative min-w-0 flex-1">
              <Surface key={focus.join('/')} commands={commands} />
              <EmptyCanvas commands={commands} locked={locked} />
              <div className="pointer-events-none absolute inset-x-3 top-3 flex flex-wrap items-start justify-center gap-2">
                <Toolbar commands={commands} />
                {overlay && <div className="pointer-events-auto">{overlay}</div>}
              </div>
              <div className="pointer-events-none absolute bottom-3 left-3">
                <ZoomBar commands={commands} />
              </div>
            </div>
          </>
        )}
        <Lists commands={commands} />
        <Announcer />
      </section>
    </ActionsContext>
  );
}

/** What opens over the canvas for a moment. */
function Lists({ commands }: { commands: Commands }) {
  const { adding, find, linking, bubble, help } = useView();
  return (
    <>
      {adding && <AddMenu key={`${adding.screen.x} ${adding.screen.y}`} adding={adding} commands={commands} />}
      {find && <FindBox at={commands.middle().screen} commands={commands} />}
      {linking && <LinkMenu node={linking} at={placeOf(linking) ?? commands.middle().screen} />}
      {bubble && <Bubble said={bubble} />}
      {help && (
        <Suspense>
          <HelpDialog />
        </Suspense>
      )}
    </>
  );
}

/** Right of a node's card, or below its row of the outline. */
function placeOf(node: string) {
  const id = CSS.escape(node);
  const card = document.querySelector(`[data-card="${id}"]`)?.getBoundingClientRect();
  if (card) return { x: card.right + 12, y: card.top };
  const row = document.querySelector(`[data-outline="${id}"]`)?.getBoundingClientRect();
  return row && { x: row.left, y: row.bottom + 4 };
}
