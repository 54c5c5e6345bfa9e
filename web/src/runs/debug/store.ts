/** What a person who debugs an app has set: breakpoints and pinned outputs. Kept in this browser, not in the graph. */
import { create } from 'zustand';
import type { Breakpoint, Clause, Pins } from '@/api/types';
import { lastOf, renamedKeys, renamedPath } from '../paths';

interface DebugState {
  appId: string;
  /** By path without numbers of passes. */
  breakpoints: Readonly<Record<string, Breakpoint>>;
  /** Outputs by node. */
  pins: Readonly<Pins>;
  /** Breakpoints and pins of another app. */
  open(appId: string): void;
  toggle(path: string): void;
  setCondition(path: string, condition: Clause[]): void;
  remove(path: string): void;
  pin(node: string, outputs: Record<string, unknown>): void;
  unpin(node: string): void;
  /** A node has another path now; so has all that is inside of it. */
  rename(from: string, to: string): void;
  clear(): void;
}

type Kept = Pick<DebugState, 'breakpoints' | 'pins'>;

export const useDebug = create<DebugState>((set, get) => {
  const change = (patch: Partial<Kept>) => {
    set(patch);
    keep(get());
  };
  const without = <Value>(record: Readonly<Record<string, Value>>, key: string) => {
    const { [key]: _, ...rest } = record;
    return rest;
  };
  return {
    appId: '',
    breakpoints: {},
    pins: {},
    open: (appId) => set({ appId, ...kept(appId) }),
    toggle: (path) => {
      const { breakpoints } = get();
      const next = breakpoints[path] ? without(breakpoints, path) : { ...breakpoints, [path]: fresh(path) };
      change({ breakpoints: next });
    },
    setCondition: (path, condition) =>
      change({ breakpoints: { ...get().breakpoints, [path]: { node: path, condition } } }),
    remove: (path) => change({ breakpoints: without(get().breakpoints, path) }),
    pin: (node, outputs) => change({ pins: { ...get().pins, [node]: outputs } }),
    unpin: (node) => change({ pins: without(get().pins, node) }),
    rename: (from, to) => {
      const breakpoints = Object.values(get().breakpoints).map((point) => renamedPoint(point, from, to));
      change({ breakpoints: byNode(breakpoints), pins: renamedKeys(get().pins, from, to) });
    },
    clear: () => change({ breakpoints: {}, pins: {} }),
  };
});

/** A node inside of a container sees those around it: a condition may name any of them. */
function renamedPoint({ node, condition }: Breakpoint, from: string, to: string): Breakpoint {
  const [old, now] = [lastOf(from), lastOf(to)];
  const seen = node.startsWith(from.slice(0, -old.length));
  const named = (name: string) => (seen && name.split('.')[0] === old ? now + name.slice(old.length) : name);
  return {
    node: renamedPath(node, from, to),
    condition: condition.map((clause) => ({ ...clause, variable: named(clause.variable) })),
  };
}

const byNode = (points: readonly Breakpoint[]) => Object.fromEntries(points.map((one) => [one.node, one]));

const fresh = (node: string): Breakpoint => ({ node, condition: [] });

/** A clause that is not filled in says nothing yet. */
const isWhole = (clause: Clause) => clause.variable.trim() !== '';

/** Those of nodes that the graph still has, as the server takes them; `once` holds for one run to it only. */
export function breakpointsFor(known: (path: string) => boolean, once?: string): Breakpoint[] {
  const all = Object.values(useDebug.getState().breakpoints).filter(({ node }) => known(node));
  const set = all.map(({ node, condition }) => ({ node, condition: condition.filter(isWhole) }));
  if (once === undefined) return set;
  // Where a person asked to run to, no condition counts.
  return [...set.filter(({ node }) => node !== once), fresh(once)];
}

export const pinsFor = (known: (path: string) => boolean): Pins =>
  Object.fromEntries(Object.entries(useDebug.getState().pins).filter(([node]) => known(node)));

const BREAKPOINTS = 'atoll.breakpoints.';
const PINS = 'atoll.pins.';

// Pinned values may be as secret as what the run read: they are gone with the tab. Storage may be forbidden.
function keep({ appId, breakpoints, pins }: Kept & { appId: string }) {
  try {
    localStorage.setItem(BREAKPOINTS + appId, JSON.stringify(Object.values(breakpoints)));
    sessionStorage.setItem(PINS + appId, JSON.stringify(pins));
  } catch {
    // forbidden, or too large to keep: it lasts for the page
  }
}

function kept(appId: string): Kept {
  const points = read(() => localStorage, BREAKPOINTS + appId);
  const pins = read(() => sessionStorage, PINS + appId);
  const list = (Array.isArray(points) ? points : []).filter(isBreakpoint);
  return {
    breakpoints: byNode(list),
    pins: isRecord(pins) ? (Object.fromEntries(Object.entries(pins).filter(([, one]) => isRecord(one))) as Pins) : {},
  };
}

function read(storage: () => Storage, key: string): unknown {
  try {
    return JSON.parse(storage().getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBreakpoint = (value: unknown): value is Breakpoint =>
  isRecord(value) &&
  typeof value.node === 'string' &&
  Array.isArray(value.condition) &&
  value.condition.every((clause) => isRecord(clause) && typeof clause.variable === 'string');
