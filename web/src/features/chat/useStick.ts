/** Keeps the end of a growing text in view, unless the reader has scrolled away from it. */
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

const NEAR = 64;

interface Stick {
  frame: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** The reader is somewhere else; the end can be gone to. */
  away: boolean;
  toEnd(): void;
}

export function useStick(): Stick {
  const frame = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = useCallback(() => {
    stuck.current = true;
    setAway(false);
    frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, []);
  useEffect(() => {
    const box = frame.current;
    const inside = content.current;
    if (!box || !inside) return;
    const onScroll = () => {
      stuck.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
      setAway(!stuck.current);
    };
    const grown = new ResizeObserver(() => stuck.current && box.scrollTo({ top: box.scrollHeight }));
    box.addEventListener('scroll', onScroll, { passive: true });
    grown.observe(inside);
    grown.observe(box);
    return () => {
      box.removeEventListener('scroll', onScroll);
      grown.disconnect();
    };
  }, []);
  return { frame, content, away, toEnd };
}
