/** What keys, buttons and lists do to the view: go to a node, fit, zoom, tidy up. */
import { useReactFlow, useStoreApi } from '@xyflow/react';
import { useMemo } from 'react';
import type { NodeType } from '@/api/types';
import { toast } from '@/ui/toast';
import type { Point } from '../graph/document';
import { tidied } from '../graph/layout';
import { nodePorts, useEditor } from '../graph/store';
import { addAt, addNear } from './adding';
import { around, boxOf } from './place';
import { revealed } from './reveal';
import { type Adding, useView } from './view';
import { FIT, wholeGraph } from './whole';
import { useWords } from './words';

const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
export const glide = () => (calm() ? {} : { duration: 150 });

/** Focuses a card as soon as it is drawn: one that was out of view comes a frame or two later. */
export function focusCard(id: string, tries = 12) {
  const card = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`);
  if (card) card.focus({ preventScroll: true });
  else if (tries > 0) requestAnimationFrame(() => focusCard(id, tries - 1));
}

/** Once a panel that opens with it has its place: the canvas is narrower then. */
const settled = (act: () => void) => requestAnimationFrame(() => requestAnimationFrame(act));

export function useCommands() {
  const t = useWords();
  const flow = useReactFlow();
  const store = useStoreApi();
  return useMemo(() => {
    const centre = (): Point => {
      const { width, height, transform } = store.getState();
      const [x, y, zoom] = transform;
      return { x: (width / 2 - x) / zoom, y: (height / 2 - y) / zoom };
    };
    /** Moves the view only where they are not wholly in it, and farther away where they are too many for it. */
    const showAll = (ids: readonly string[]) => {
      const state = useEditor.getState();
      const wanted = new Set(ids);
      const nodes = state.doc.nodes.filter((node) => wanted.has(node.id));
      const bounds = around(nodes.map((node) => boxOf(node, nodePorts(state, node.id))));
      const { width, height, transform } = store.getState();
      const [x, y, zoom] = transform;
      const view = bounds && revealed(bounds, { x, y, zoom }, width, height);
      if (view) void flow.setViewport(view, glide());
    };
    const show = (id: string) => showAll([id]);
    const goTo = (id: string) => {
      useEditor.getState().select({ nodes: [id] });
      show(id);
      focusCard(id);
    };
    const fit = () => {
      const { width, height } = store.getState();
      const all = wholeGraph(width, height);
      if (all) void flow.setViewport(all, glide());
    };
    /** The quick list in the middle of the canvas; the node goes where there is room. */
    const middle = (): Adding => {
      const box = store.getState().domNode?.getBoundingClientRect();
      const [x, y] = box ? [box.left + box.width / 2, box.top + box.height / 4] : [innerWidth / 2, innerHeight / 4];
      return { screen: { x: x - 160, y } };
    };
    return {
      middle,
      show,
      /** What was just put in and is selected. */
      showPut: () => void settled(() => showAll(useEditor.getState().selection.nodes)),
      goTo,
      fit,
      fitSelection: () => {
        const nodes = useEditor.getState().selection.nodes.map((id) => ({ id }));
        if (nodes.length) void flow.fitView({ ...FIT, nodes, ...glide() });
      },
      zoomIn: () => void flow.zoomIn(glide()),
      zoomOut: () => void flow.zoomOut(glide()),
      zoomFull: () => void flow.zoomTo(1, glide()),
      tidy: async () => {
        const state = useEditor.getState();
        if (!state.doc.nodes.length) return;
        try {
          const places = await tidied(state.doc, (id) => nodePorts(useEditor.getState(), id));
          useEditor.getState().move(places, 'edit_tidy');
          requestAnimationFrame(fit);
        } catch {
          toast(t('tidyFailed'), { tone: 'bad' });
        }
      },
      /** Adds what was chosen from the palette or a list and brings it into view. */
      add: (type: NodeType) => {
        const { adding } = useView.getState();
        const id = adding?.at ? addAt(type, adding.at, adding.from) : addNear(type, centre(), adding?.from);
        useView.getState().set({ adding: null });
        requestAnimationFrame(() => show(id));
        return id;
      },
    };
  }, [flow, store, t]);
}

export type Commands = ReturnType<typeof useCommands>;
