import { expect, it } from 'vitest';
import type { FlowReport, Graph } from '@/api/types';
import { COLUMN, depths, LABEL, PAPER, placeLanes, ROW, stripsOf } from './lanes';
import { titleOf } from './titles';

const graph: Graph = {
  nodes: ['input', 'find', 'llm', 'output'].map((id) => ({ id, type: id })),
  edges: [
    { source: 'input', target: 'find' },
    { source: 'input', target: 'llm' },
    { source: 'find', target: 'llm' },
    { source: 'llm', target: 'output' },
  ],
};

const report: FlowReport = {
  lanes: [
    { zone: 'local', nodes: ['input', 'find', 'output'] },
    { zone: 'public', nodes: ['llm'] },
  ],
  crossings: [
    {
      from: 'local',
      to: 'public',
      node: 'llm',
      kind: 'model',
      name: 'qwen-max',
      label: { level: 'confidential', tags: [] },
      allowed: false,
      rule: 'no',
      path: ['find', 'llm'],
      redacted: [],
      count: 0,
      refused: 0,
      last_at: null,
    },
  ],
  others: [],
  lowered: [],
  problems: [],
};

it('puts each step in its zone, in the order of the flow', () => {
  const { chips, lines, zones } = placeLanes(report, graph);
  expect(zones).toEqual(['local', 'public']);
  expect(chips.map((chip) => [chip.id, (chip.x - LABEL) / COLUMN, Math.floor(chip.y / ROW), chip.crossing])).toEqual([
    ['input', 0, 0, null],
    ['find', 1, 0, null],
    ['llm', 2, 1, 'denied'],
    ['output', 3, 0, null],
  ]);
  expect(lines.map((line) => line.crosses)).toEqual(['no', 'denied', 'denied', 'allowed']);
});

it('never puts two steps in one place, and survives a circle', () => {
  const round: Graph = {
    nodes: ['a', 'b', 'c'].map((id) => ({ id, type: 't' })),
    edges: [
      { source: 'a', target: 'b' },
      { source: 'b', target: 'a' },
    ],
  };
  expect(depths(round).size).toBe(3);
  const { chips } = placeLanes(
    { lanes: [{ zone: 'local', nodes: ['a', 'b', 'c'] }], crossings: [], others: [], lowered: [], problems: [] },
    round,
  );
  expect(new Set(chips.map((chip) => `${chip.x} ${chip.y}`)).size).toBe(3);
});

it('cuts the picture for paper, and no column is left out or shown twice', () => {
  for (const [columns, strips] of [
    [1, 1],
    [4, 1],
    [5, 2],
    [17, 5],
  ] as const) {
    const ids = Array.from({ length: columns }, (_, at) => `n${at}`);
    const long: Graph = {
      nodes: ids.map((id) => ({ id, type: 'template' })),
      edges: ids.slice(1).map((target, at) => ({ source: `n${at}`, target })),
    };
    const lanes = placeLanes({ ...report, lanes: [{ zone: 'local', nodes: ids }], crossings: [] }, long);
    const firsts = stripsOf(lanes);
    expect(firsts).toHaveLength(strips);
    for (const chip of lanes.chips) {
      const shown = firsts.filter((from) => {
        const x = chip.x - from * COLUMN;
        return x >= LABEL && x < PAPER.width;
      });
      expect(shown).toHaveLength(1);
    }
  }
});

it('marks a step by what crosses inside of it, and calls that by both titles', () => {
  const inside = { nodes: [{ id: 'say', type: 'llm', title: 'Say it' }], edges: [] };
  const around: Graph = {
    nodes: [{ id: 'each', type: 'each', title: 'For each', config: { graph: inside } }],
    edges: [],
  };
  const [crossing] = report.crossings;
  if (!crossing) throw new Error('nothing crosses');
  const flow = {
    ...report,
    lanes: [{ zone: 'local', nodes: ['each'] }],
    crossings: [{ ...crossing, node: 'each/say' }],
  };
  expect(placeLanes(flow, around).chips[0]?.crossing).toBe('denied');
  expect(titleOf(around, 'each/say')).toBe('For each / Say it');
  expect(titleOf(around, 'gone/0')).toBe('gone / 0');
});
