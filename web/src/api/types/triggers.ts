/** What starts apps by itself: schedules and webhooks. */
import type { RunError } from './runs';

export type TriggerKind = 'schedule' | 'webhook';

/** What started a run, as it was then; it may have been deleted since. */
export interface RunTrigger {
  id: string;
  kind: TriggerKind;
  name: string;
}

export interface Trigger {
  id: string;
  app_id: string;
  kind: TriggerKind;
  name: string;
  enabled: boolean;
  /** Values by the names of the app's inputs; texts may be templates. */
  inputs: Record<string, unknown>;
  /** Of a schedule: five fields, its zone, and whether a tick that nobody was there for is made up for. */
  cron: string | null;
  time_zone: string | null;
  missed: 'once' | 'skip' | null;
  /** When it is due next, null while it is off. */
  next_at: number | null;
  /** Of a webhook: where its messages go. */
  path: string | null;
  /** Until then the secret before the last rotation counts too. */
  old_secret_until: number | null;
  last_fired_at: number | null;
  last_run_id: string | null;
  /** The last tick that was left out. */
  missed_at: number | null;
  /** What keeps it from starting anything now. */
  problem: RunError | null;
  /** Why it started nothing the last time, and so often in a row. */
  error: RunError | null;
  failures: number;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

/** `secret` of a webhook is shown once: when it is made and when it is rotated. */
export interface TriggerWithSecret extends Trigger {
  secret: string | null;
}

export interface NewTrigger {
  kind: TriggerKind;
  name: string;
  enabled?: boolean;
  inputs?: Record<string, unknown>;
  cron?: string | null;
  time_zone?: string | null;
  missed?: 'once' | 'skip' | null;
}

/** One of the next times of a schedule; `local` with the offset of its zone. */
export interface Tick {
  at: number;
  local: string;
}
