/** Where lines and dragged types are let go: on a port, on a card, on empty canvas. */
import { type Connection, type Edge, type FinalConnectionState, useReactFlow } from '@xyflow/react';
import { type DragEvent, useMemo } from 'react';
import { useText } from '@/i18n';
import { connection, type Ends, type Refusal } from '../graph/connect';
import { HEAD, WIDTH } from '../graph/geometry';
import { nodePorts, useEditor } from '../graph/store';
import { addAt, putBetween } from './adding';
import { endConnecting } from './connecting';
import { DRAGGED_TYPE } from './drop';
import { bridges, refusalText } from './refusal';
import { type Adding, type Loose, useView } from './view';
import { useWords } from './words';

function endsFrom(loose: Loose, node: string, handle: string | null): Ends {
  return loose.side === 'source'
    ? { source: loose.node, sourceHandle: loose.handle, target: node, targetHandle: handle }
    : { source: node, sourceHandle: handle, target: loose.node, targetHandle: loose.handle };
}

function pointOf(event: globalThis.MouseEvent | TouchEvent) {
  const at = 'changedTouches' in event ? event.changedTouches[0] : event;
  return { x: at?.clientX ?? 0, y: at?.clientY ?? 0 };
}

export function useDrops() {
  const t = useWords();
  const text = useText();
  const flow = useReactFlow();
  return useMemo(() => {
    /** A place on the screen, as the list that opens there needs it. */
    const placeOf = (x: number, y: number): Adding => ({
      screen: { x, y },
      at: flow.screenToFlowPosition({ x, y }, { snapToGrid: true }),
    });
    const check = (ends: Ends) => {
      const state = useEditor.getState();
      return connection(state.doc, ends, { table: state.table, portsOf: (id) => nodePorts(state, id) });
    };
    const refuse = (refusal: Refusal, ends: Ends, screen: { x: number; y: number }) => {
      const { types, table } = useEditor.getState();
      const { from, into } = refusal;
      const between = from && into ? bridges(types.values(), table, from, into)[0] : undefined;
      const action = between && {
        label: t('putBetween', { type: text(between.label) }),
        run: () => putBetween(between, ends),
      };
      useView.getState().set({ bubble: { screen, text: refusalText(t, refusal), action } });
    };
    const connect = (ends: Ends, screen: { x: number; y: number }) => {
      const refusal = useEditor.getState().connect(ends);
      if (refusal) refuse(refusal, ends, screen);
    };
    return {
      placeOf,
      isValid: (ends: Connection | Edge) =>
        !(
          'why' in check({ ...ends, sourceHandle: ends.sourceHandle ?? null, targetHandle: ends.targetHandle ?? null })
        ),
      onConnect: (ends: Connection) => void useEditor.getState().connect(ends),
      onConnectEnd: (event: globalThis.MouseEvent | TouchEvent, state: FinalConnectionState) => {
        endConnecting();
        const from = state.fromHandle;
        if (state.isValid || !from) return;
        const loose: Loose = { node: from.nodeId, handle: from.id ?? null, side: from.type };
        const screen = pointOf(event);
        const under = document.elementFromPoint(screen.x, screen.y);
        const card = under?.closest<HTMLElement>('.react-flow__node')?.dataset.id;
        if (state.toHandle && state.toHandle.type !== from.type) {
          const ends = endsFrom(loose, state.toHandle.nodeId, state.toHandle.id ?? null);
          const made = check(ends);
          if ('why' in made) refuse(made, ends, screen);
        } else if (card && card !== from.nodeId) {
          connect(endsFrom(loose, card, null), screen);
        } else if (!card && under?.closest('.react-flow__pane')) {
          useView.getState().set({ adding: { ...placeOf(screen.x, screen.y), from: loose } });
        }
      },
      onDrop: (event: DragEvent) => {
        const type = useEditor.getState().types.get(event.dataTransfer.getData(DRAGGED_TYPE));
        if (!type) return;
        event.preventDefault();
        const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
        addAt(type, { x: at.x - WIDTH / 2, y: at.y - HEAD / 2 });
      },
    };
  }, [flow, t, text]);
}
