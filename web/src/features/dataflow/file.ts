/** The report as a file: JSON as the server gave it, or CSV with a line for each crossing. */
import type { Crossing, FlowReport } from '@/api/types';

const COLUMNS = [
  'graph',
  'node',
  'kind',
  'name',
  'from',
  'to',
  'level',
  'tags',
  'allowed',
  'rule_en',
  'rule_zh',
  'count',
  'refused',
  'last_at',
];

export function asJson(report: FlowReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function asCsv(report: FlowReport): string {
  const lines = [...report.crossings.map((one) => line(one, true)), ...report.others.map((one) => line(one, false))];
  // Excel takes UTF-8 for what it is only with this mark in front.
  return `\ufeff${[COLUMNS, ...lines].map((cells) => cells.map(quoted).join(',')).join('\r\n')}\r\n`;
}

function line(one: Crossing, inGraph: boolean): string[] {
  const last = one.last_at ? new Date(one.last_at).toISOString() : '';
  const { level, tags } = one.label;
  const rule = typeof one.rule === 'string' ? { en: one.rule, zh: one.rule } : one.rule;
  return [
    inGraph ? 'yes' : 'no',
    one.node,
    one.kind,
    one.name,
    one.from,
    one.to,
    level,
    tags.join(' '),
    one.allowed ? 'yes' : 'no',
    rule.en ?? '',
    rule.zh ?? '',
    one.count === null ? '' : String(one.count),
    String(one.refused),
    last,
  ];
}

/** A cell that begins with one of these is a formula to a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

function quoted(cell: string): string {
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function saveFile(name: string, content: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
