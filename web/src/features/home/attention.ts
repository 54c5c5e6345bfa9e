/** What needs a person, from what the pages already know, most urgent first. Pure. */
import type { Dataset, PluginFile, Provider, Run, System, Text } from '@/api/types';

export type Attention =
  | { kind: 'askingRun' | 'pausedRun' | 'failedRun'; id: string; app: string; detail: Text | null }
  | { kind: 'failedDocuments'; id: string; name: string; n: number }
  | { kind: 'brokenPlugin'; file: string; detail: Text }
  | { kind: 'sandboxOff'; detail: Text | null }
  | { kind: 'warning'; detail: Text }
  | { kind: 'noModel' };

interface Known {
  /** The latest, of an app whose failures are theirs to look after. */
  runs?: Run[];
  /** Runs that wait for somebody, however old. */
  paused?: Run[];
  /** The roles and groups that the person who looks stands as; unknown: none is held against a question. */
  standsAs?: readonly string[];
  datasets?: Dataset[];
  system?: System;
  plugins?: PluginFile[];
  providers?: Provider[];
}

const DAY = 86_400_000;
const MOST_FAILED = 3;

export function needsAttention(known: Known, now = Date.now()): Attention[] {
  const { runs, paused, standsAs, datasets, system, plugins, providers } = known;
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
    ...(paused ?? []).flatMap((one) => waiting(one, standsAs)),
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

const MOST_WORDS = 160;

/** A question that this person may answer, or an effect that nobody knows of. Who debugs knows that the run stands. */
function waiting({ id, app_name: app, pause }: Run, standsAs: Known['standsAs']): Attention[] {
  if (pause?.reason === 'effect_unknown') return [{ kind: 'pausedRun', id, app, detail: null }];
  if (pause?.reason !== 'approval') return [];
  const form = pause.asks?.form ?? {};
  const roles = pause.asks?.roles ?? [];
  if (roles.length && standsAs && !roles.some((one) => standsAs.includes(one))) return [];
  const words = plain(form.title || form.text || '');
  return [{ kind: 'askingRun', id, app, detail: words || null }];
}

/** The beginning of a Markdown text without its signs. */
function plain(text: string): string {
  const line = text
    .replace(/[#*_`>|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS)}…` : line;
}

export function greeting(hour: number): 'morning' | 'afternoon' | 'evening' {
  if (hour >= 5 && hour < 12) return 'morning';
  return hour >= 12 && hour < 18 ? 'afternoon' : 'evening';
}
