/** What the panel is asked to show from elsewhere: a step of a run, or the field that a problem is about. */
import { useCallback, useState } from 'react';
import type { Problem } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { goToNode } from '@/runs/debug/known';
import type { SideTab } from './Side';

export function useInspect() {
  const [tab, setTab] = useState<SideTab>('settings');
  const [goTo, setGoTo] = useState<{ pointer: string } | null>(null);
  const pickStep = useCallback((path: string) => {
    goToNode(path);
    setTab('run');
  }, []);
  const pickProblem = useCallback(({ node, edge, pointer }: Problem) => {
    const { edgeIds, select } = useEditor.getState();
    if (node) {
      select({ nodes: [node] });
      setTab('settings');
      if (pointer) setGoTo({ pointer });
    } else if (edge !== null) {
      const id = edgeIds[edge];
      if (id) select({ edges: [id] });
    }
  }, []);
  return { tab, setTab, goTo, pickStep, pickProblem };
}
