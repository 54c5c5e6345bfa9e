import { expect, it } from 'vitest';
import type { Crossing, FlowReport } from '@/api/types';
import { asCsv, asJson } from './file';

const crossing: Crossing = {
  from: 'local',
  to: 'public',
  node: 'llm',
  kind: 'model',
  name: '=HYPERLINK("http://x")',
  label: { level: 'internal', tags: ['pii', 'hr'] },
  allowed: true,
  rule: { en: 'nothing above internal, "really"', zh: '高于 internal 的数据不得离开' },
  path: ['llm'],
  redacted: [],
  count: 3,
  refused: 0,
  last_at: 0,
};
const report: FlowReport = {
  lanes: [],
  lowered: [],
  problems: [],
  crossings: [{ ...crossing, last_at: 1_700_000_000_000 }],
  others: [{ ...crossing, node: 'gone', allowed: false, refused: 2, last_at: null }],
};

it('writes a line for each crossing, and no formula', () => {
  const [head, first, second] = asCsv(report).split('\r\n');
  expect(head?.startsWith('\ufeffgraph,node,kind')).toBe(true);
  expect(first).toBe(
    'yes,llm,model,"\'=HYPERLINK(""http://x"")",local,public,internal,pii hr,yes,"nothing above internal, ""really""",高于 internal 的数据不得离开,3,0,2023-11-14T22:13:20.000Z',
  );
  expect(second?.startsWith('no,gone,')).toBe(true);
  expect(second?.endsWith(',3,2,')).toBe(true);
});

it('writes JSON that is the report', () => {
  expect(JSON.parse(asJson(report))).toEqual(report);
});
