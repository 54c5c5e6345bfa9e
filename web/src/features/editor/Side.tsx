import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type Ref, Suspense, useState } from 'react';
import type { GraphNode, Run } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { Panel } from '@/canvas/panel/Panel';
import { lazily } from '@/lib/lazily';
import { useCan } from '@/lib/session';
import { usePlace } from '@/runs/debug/known';
import { useTried } from '@/runs/debug/tried';
import { valueIn } from '@/runs/debug/values';
import { useRun } from '@/runs/store';
import { Loading } from '@/ui/spinner';

const ChatPanel = lazily(() => import('@/canvas/panel/chat/ChatPanel'));
const LastRun = lazily(() => import('@/runs/LastRun'));
const TryNodeDialog = lazily(() => import('@/runs/debug/TryNodeDialog'));

export type SideTab = 'settings' | 'run';

interface Props {
  ref: Ref<HTMLDivElement>;
  runId: string | null;
  /** Settings of the chat are shown while nothing is selected. */
  chat: boolean;
  onChatClosed(): void;
  tab: SideTab;
  onTab(tab: SideTab): void;
  /** A problem's pointer to go to; a new object goes there again. */
  goTo: { pointer: string } | null;
  /** Saves the draft; false where that failed. */
  save(): Promise<boolean>;
  onRun(run: Run): void;
  onClose(): void;
  /** Back to where the panel was opened from. */
  onLeave(): void;
}

/** Read when it is asked for: fields must not be drawn anew for every event of a run. */
function sample(name: string): unknown {
  const { view } = useRun.getState();
  return view ? valueIn(view, name, useEditor.getState().focus) : undefined;
}

/** Settings and last run of what is selected; folded away while nothing is. Over the canvas where that is narrow. */
export function Side({ ref, runId, chat, onChatClosed, tab, onTab, goTo, save, onRun, onClose, onLeave }: Props) {
  const can = useCan();
  const node = useEditor((state) => (state.selection.nodes.length === 1 ? state.selection.nodes[0] : undefined));
  const any = useEditor((state) => state.selection.nodes.length + state.selection.edges.length > 0);
  const place = usePlace(node ?? '');
  const tried = useTried(({ runs }) => place in runs);
  const [trying, setTrying] = useState<GraphNode | null>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    // A list or a menu that closes by it has said so.
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    if (any) onLeave();
    else onChatClosed();
  };
  const navigate = useNavigate();
  const tune = async () => {
    // What is compared is what the server has.
    if (!(await save())) return;
    void navigate({ to: '/apps/$appId/tests', params: { appId: useEditor.getState().appId }, search: { node: place } });
  };
  const tryNode = (id: string) => setTrying(useEditor.getState().doc.nodes.find((one) => one.id === id) ?? null);
  if (!any && !chat) return null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a key on the way up from the fields inside
    <div
      ref={ref}
      onKeyDown={onKeyDown}
      className="w-90 shrink-0 border-l border-line bg-surface max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-overlay max-sm:w-full max-sm:border-l-0"
    >
      {!any ? (
        <Suspense fallback={<Loading />}>
          <ChatPanel goTo={goTo} onClose={onChatClosed} />
        </Suspense>
      ) : (
        <Panel
          onClose={onClose}
          onOpenInside={useEditor.getState().enter}
          onRunNode={can('run.debug') && can('app.write') ? tryNode : undefined}
          onTune={can('run.debug') && can('app.write') ? () => void tune() : undefined}
          sample={sample}
          goTo={goTo}
          tab={tab}
          onTab={onTab}
          lastRun={
            (runId || tried) && node ? (
              <Suspense fallback={<Loading />}>
                <LastRun runId={runId} place={place} onForked={onRun} />
              </Suspense>
            ) : undefined
          }
        />
      )}
      {trying && (
        <Suspense>
          <TryNodeDialog
            node={trying}
            save={save}
            onClose={() => setTrying(null)}
            onStarted={() => {
              setTrying(null);
              onTab('run');
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
