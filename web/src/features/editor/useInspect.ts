/** What the panel is asked to show from elsewhere: a step of a run, or the field that a problem is about. */
import { useCallback, useState } from 'react';
import type { Problem } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { chatPointer } from '@/canvas/panel/chat/pointer';
import { goToNode } from '@/runs/debug/known';
import type { SideTab } from './Side';

/** `openChat` shows the settings of the chat. */
export function useInspect(openChat: () => void) {
  const [tab, setTab] = useState<SideTab>('settings');
  const [goTo, setGoTo] = useState<{ pointer: string } | null>(null);
  const pickStep = useCallback((path: string) => {
    goToNode(path);
    setTab('run');
  }, []);
  const pickProblem = useCallback(
    ({ node, edge, pointer }: Problem) => {
      const { edgeIds, select } = useEditor.getState();
      if (node) {
        select({ nodes: [node] });
        setTab('settings');
        if (pointer) setGoTo({ pointer });
      } else if (edge !== null) {
        const id = edgeIds[edge];
        if (id) select({ edges: [id] });
      } else if (chatPointer(pointer) !== null) {
        openChat();
        setGoTo({ pointer: chatPointer(pointer) ?? '' });
      }
    },
    [openChat],
  );
  return { tab, setTab, goTo, pickStep, pickProblem };
}
