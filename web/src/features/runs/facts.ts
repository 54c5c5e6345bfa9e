/** Short readings of a run for lists. Pure. */
import type { Run } from '@/api/types';

/** The first text that was asked: what people know a run by. */
export function questionOf(run: Pick<Run, 'inputs'>): string {
  const values = Object.values(run.inputs ?? {});
  const text = values.find((value) => typeof value === 'string' && value.trim()) ?? values[0];
  if (text === undefined || text === null) return '';
  return typeof text === 'string' ? text.trim() : JSON.stringify(text);
}

/** Milliseconds from start to end, or to now while it goes; none for a run that stands still. */
export function msOf(run: Pick<Run, 'status' | 'started_at' | 'ended_at'>, now = Date.now()): number | null {
  const end = run.ended_at ?? (run.status === 'running' ? now : null);
  return run.started_at === null || end === null ? null : Math.max(0, end - run.started_at);
}

export const goesOn = (run: Pick<Run, 'status'>) => run.status === 'queued' || run.status === 'running';

/** The number of the published version that ran; null for the draft. */
export const versionOf = ({ version }: { version: unknown }): number | null =>
  typeof version === 'number' ? version : null;
