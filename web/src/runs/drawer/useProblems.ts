import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Problem } from '@/api/types';
import { useEditor } from '@/canvas/graph/store';
import { sorted, stepped } from './problems';

/** The problems of the draft, which one is looked at, and F8 to walk them (Shift F8 back). */
export function useProblems(onPicked: (problem: Problem) => void, onWalk: () => void) {
  const found = useEditor((state) => state.problems);
  const problems = useMemo(() => sorted(found), [found]);
  const [at, setAt] = useState(-1);
  const index = at < problems.length ? at : -1;
  const pick = useCallback(
    (problem: Problem, place: number) => {
      setAt(place);
      onPicked(problem);
    },
    [onPicked],
  );
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== 'F8' || !problems.length) return;
      event.preventDefault();
      const next = stepped(index, problems.length, event.shiftKey ? -1 : 1);
      const problem = problems[next];
      if (!problem) return;
      onWalk();
      pick(problem, next);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [problems, index, pick, onWalk]);
  return { problems, index, pick };
}
