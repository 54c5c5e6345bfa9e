import { useEffect, useMemo, useRef, useState } from 'react';
import type { RunEvent } from '@/api/types';
import { foldUntil, keepSame, type RunView, START } from '../fold';
import { delaysOf, type Stop, stopsOf } from './clock';

export interface Replay {
  stops: Stop[];
  /** Place among the stops. */
  at: number;
  view: RunView;
  playing: boolean;
  go(at: number): void;
  setPlaying(playing: boolean): void;
}

/** A past run that one can go through in time; it begins at its end, where all is known. */
export function useReplay(events: readonly RunEvent[]): Replay {
  const stops = useMemo(() => stopsOf(events), [events]);
  const delays = useMemo(() => delaysOf(stops), [stops]);
  const last = stops.length - 1;
  const [place, setPlace] = useState<number | null>(null);
  const [playing, setPlaying] = useState(false);
  const at = Math.min(place ?? last, last);
  const seq = stops[at]?.seq ?? 0;
  const shown = useRef<RunView>(START);
  const view = useMemo(() => keepSame(shown.current, foldUntil(events, seq)), [events, seq]);
  shown.current = view;
  useEffect(() => {
    if (!playing) return;
    if (at >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => setPlace(at + 1), delays[at] ?? 0);
    return () => clearTimeout(timer);
  }, [playing, at, last, delays]);
  const go = (next: number) => {
    setPlaying(false);
    setPlace(Math.min(last, Math.max(0, next)));
  };
  const play = (next: boolean) => {
    if (next && at >= last) setPlace(0); // from the beginning again
    setPlaying(next);
  };
  return { stops, at, view, playing, go, setPlaying: play };
}
