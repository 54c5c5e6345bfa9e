/** What needs a person, from what the pages already know, most urgent first. Pure. */
import type { Dataset, PluginFile, Provider, Run, System, Text } from '@/api/types';

export type Attention =
  | { kind: 'pausedRun' | 'failedRun'; id: string; app: string; detail: Text | null }
  | { kind: 'failedDocuments'; id: string; name: string; n: number }
  | { kind: 'brokenPlugin'; file: string; detail: Text }
  | { kind: 'sandboxOff'; detail: Text | null }
  | { kind: 'warning'; detail: Text }
  | { kind: 'noModel' };

interface Known {
  runs?: Run[];
  datasets?: Dataset[];
  system?: System;
  plugins?: PluginFile[];
  providers?: Provider[];
}

const DAY = 86_400_000;
const MOST_FAILED = 3;

export function needsAttention({ runs, datasets, system, plugins, providers }: Known, now = Date.now()): Attention[] {
  const run = (kind: 'pausedRun' | 'failedRun', one: Run): Attention => ({
    kind,
    id: one.id,
    app: one.app_name,
    detail: one.error?.message ?? null,
  });
  // A failure is news for a day, and of each app only the latest, and only if it has not succeeded since.
  const seen = new Set<string>();
  const failed = (runs ?? []).filter((one) => {
    const ended = one.status === 'failed' || one.status === 'succeeded';
    if (!ended || seen.has(one.app_id)) return false;
    seen.add(one.app_id);
    return one.status === 'failed' && now - one.created_at < DAY;
  });
  return [
    ...(runs ?? []).filter((one) => one.status === 'paused').map((one) => run('pausedRun', one)),
    ...(providers && !providers.length ? [{ kind: 'noModel' } as const] : []),
    ...failed.slice(0, MOST_FAILED).map((one) => run('failedRun', one)),
    ...(datasets ?? [])
      .filter((one) => one.failed > 0)
      .map(({ id, name, failed: n }) => ({ kind: 'failedDocuments', id, name, n }) as const),
    ...(plugins ?? []).flatMap(({ file, error }) =>
      error ? [{ kind: 'brokenPlugin', file, detail: error.message } as const] : [],
    ),
    ...(system && !system.sandbox.available ? [{ kind: 'sandboxOff', detail: system.sandbox.reason } as const] : []),
    ...(system?.warnings ?? []).map((detail) => ({ kind: 'warning', detail }) as const),
  ];
}

export function greeting(hour: number): 'morning' | 'afternoon' | 'evening' {
  if (hour >= 5 && hour < 12) return 'morning';
  return hour >= 12 && hour < 18 ? 'afternoon' : 'evening';
}
