/** Places the steps of an app in lanes: one row per zone, columns in the order of the flow. Pure. */
import type { Crossing, FlowReport, Graph } from '@/api/types';

export const COLUMN = 176;
export const ROW = 88;
export const CHIP = { width: 152, height: 44 };
export const LABEL = 120;
/** A strip of four columns fits between the margins of A4. */
export const PAPER = { columns: 4, width: LABEL + 4 * COLUMN - 12, zoom: 0.82 };

export interface Chip {
  id: string;
  title: string;
  x: number;
  y: number;
  /** Null: data stays; else whether what crosses here is allowed. */
  crossing: 'allowed' | 'denied' | null;
}

export interface Line {
  key: string;
  path: string;
  crosses: 'no' | 'allowed' | 'denied';
}

export interface Lanes {
  zones: string[];
  chips: Chip[];
  lines: Line[];
  width: number;
  height: number;
}

/** How many steps come before each node at most; what goes round in a circle counts once. */
export function depths(graph: Pick<Graph, 'nodes' | 'edges'>): Map<string, number> {
  const depth = new Map<string, number>();
  const before = new Map<string, string[]>();
  for (const { source, target } of graph.edges) before.set(target, [...(before.get(target) ?? []), source]);
  const visit = (id: string, open: Set<string>): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return 0;
    open.add(id);
    const found = Math.max(-1, ...(before.get(id) ?? []).map((one) => visit(one, open))) + 1;
    depth.set(id, found);
    return found;
  };
  for (const { id } of graph.nodes) visit(id, new Set());
  return depth;
}

function verdict(crossings: Crossing[]): Chip['crossing'] {
  if (!crossings.length) return null;
  return crossings.every((one) => one.allowed) ? 'allowed' : 'denied';
}

const isOf = ({ node }: Crossing, id: string) => node === id || node.startsWith(`${id}/`);

export function placeLanes(report: FlowReport, graph: Graph): Lanes {
  const zones = report.lanes.map((lane) => lane.zone);
  const laneOf = new Map(report.lanes.flatMap((lane, index) => lane.nodes.map((node) => [node, index] as const)));
  const depth = depths(graph);
  const taken = new Set<string>();
  const chips: Chip[] = [];
  for (const node of graph.nodes) {
    const lane = laneOf.get(node.id);
    if (lane === undefined) continue;
    let column = depth.get(node.id) ?? 0;
    while (taken.has(`${lane} ${column}`)) column += 1;
    taken.add(`${lane} ${column}`);
    chips.push({
      id: node.id,
      title: node.title || node.id,
      x: LABEL + column * COLUMN,
      y: lane * ROW + (ROW - CHIP.height) / 2,
      crossing: verdict(report.crossings.filter((one) => isOf(one, node.id))),
    });
  }
  const zoneOf = ({ id }: Chip) => zones[laneOf.get(id) ?? 0];
  const at = new Map(chips.map((chip) => [chip.id, chip]));
  const lines = graph.edges.flatMap(({ source, target }, index): Line[] => {
    const from = at.get(source);
    const to = at.get(target);
    if (!from || !to) return [];
    const x0 = from.x + CHIP.width;
    const y0 = from.y + CHIP.height / 2;
    const y1 = to.y + CHIP.height / 2;
    const bend = Math.max(12, (to.x - x0) / 2);
    // Into a step's zone goes what is sent there, out of it what comes of it: each is refused by itself.
    const denied = report.crossings.some(
      (one) =>
        !one.allowed &&
        ((isOf(one, source) && one.from === zoneOf(from)) || (isOf(one, target) && one.to === zoneOf(to))),
    );
    return [
      {
        key: `${source} ${target} ${index}`,
        path: `M${x0} ${y0} C${x0 + bend} ${y0} ${to.x - bend} ${y1} ${to.x - 2} ${y1}`,
        crosses: from.y === to.y ? 'no' : denied ? 'denied' : 'allowed',
      },
    ];
  });
  const right = Math.max(LABEL, ...chips.map((chip) => chip.x + CHIP.width));
  return { zones, chips, lines, width: right + 24, height: zones.length * ROW };
}

/** The first column of each strip. */
export function stripsOf({ width }: Lanes): number[] {
  const columns = Math.ceil((width - LABEL) / COLUMN);
  return Array.from({ length: Math.max(1, Math.ceil(columns / PAPER.columns)) }, (_, strip) => strip * PAPER.columns);
}
