import { useEffect, useRef } from 'react';

/** Calls `act` when the end of a list comes near, while `wanted`. The ref is of what stands at its end. */
export function useNearEnd(wanted: boolean, act: () => void) {
  const end = useRef<HTMLDivElement>(null);
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    if (!wanted || !end.current) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: '600px',
    });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [wanted]);
  return end;
}
