/** The places of a past run that one can go to, and how fast a replay goes through them. Pure. */
import type { RunEvent } from '@/api/types';

export interface Stop {
  seq: number;
  /** Milliseconds since the run began. */
  at: number;
  type: string;
  node: string | null;
}

/** One stop after each stored event. */
export function stopsOf(events: readonly RunEvent[]): Stop[] {
  const from = events[0]?.at ?? 0;
  return events
    .filter((event) => event.seq)
    .map(({ seq = 0, at, type, node }) => ({ seq, at: Math.max(0, at - from), type, node }));
}

const WHOLE = 8000;
const LONGEST = 1500;
const SHORTEST = 60;

/**
 * How long each stop stays, in milliseconds: in proportion to what passed then, but a replay takes about eight seconds,
 * nothing flashes by, and no pause bores.
 */
export function delaysOf(stops: readonly Stop[]): number[] {
  const total = Math.max(1, stops.at(-1)?.at ?? 0);
  const shortest = Math.min(SHORTEST * 4, Math.max(SHORTEST / 4, WHOLE / 4 / Math.max(1, stops.length)));
  return stops.map(({ at }, index) => {
    const passed = (stops[index + 1]?.at ?? at) - at;
    return Math.min(LONGEST, Math.max(shortest, (passed / total) * WHOLE));
  });
}
