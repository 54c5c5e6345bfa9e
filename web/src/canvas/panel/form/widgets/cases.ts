/** Cases of a condition as data: what the schema allows, free ids, clauses with values of the right type. Pure. */
import { blank, isRecord, type Schema, specOf } from '../schema';

export interface Clause {
  variable: string;
  operator?: string;
  value?: unknown;
  [more: string]: unknown;
}

export interface Case {
  id?: string;
  logic?: string;
  clauses: Clause[];
  [more: string]: unknown;
}

export interface CaseShape {
  /** Values of the operator field, from the schema. */
  operators: string[];
  operator: string;
  newCase: unknown;
  newClause: Clause;
  mostCases: number;
}

const propertiesOf = (schema: Schema) => (isRecord(schema.properties) ? schema.properties : {});

/** Null where a schema has other fields than a condition's: it is then a list of objects like any other. */
export function shapeOf(schema: Schema, root: Schema): CaseShape | null {
  const one = specOf('', schema.items, root, true);
  const clauses = specOf('clauses', propertiesOf(one.schema).clauses, root, true);
  const clause = specOf('', clauses.schema.items, root, true);
  const operator = specOf('operator', propertiesOf(clause.schema).operator, root, false);
  if (clauses.kind !== 'array' || !('variable' in propertiesOf(clause.schema)) || !operator.choices.length) return null;
  const operators = operator.choices.map((choice) => String(choice.value));
  const first = typeof operator.fallback === 'string' ? operator.fallback : (operators[0] ?? '');
  return {
    operators,
    operator: first,
    newCase: blank(schema.items, root),
    newClause: { variable: '', operator: first, value: '' },
    mostCases: typeof schema.maxItems === 'number' ? schema.maxItems : Number.POSITIVE_INFINITY,
  };
}

export function casesOf(value: unknown): Case[] {
  return (Array.isArray(value) ? value : []).filter(isRecord).map((one) => ({
    ...one,
    clauses: (Array.isArray(one.clauses) ? one.clauses : [])
      .filter(isRecord)
      .map((clause) => ({ ...clause, variable: typeof clause.variable === 'string' ? clause.variable : '' })),
  }));
}

/** Ids are the names of ways out: edges leave by them, so a new case takes one that no edge has meant before. */
export function freeCaseId(cases: readonly Case[]): string {
  const taken = new Set(cases.map((one) => one.id));
  if (!taken.size) return 'true';
  for (let n = 2; ; n++) if (!taken.has(`case_${n}`)) return `case_${n}`;
}

export function added(cases: readonly Case[], shape: CaseShape): Case[] {
  const base = isRecord(shape.newCase) ? shape.newCase : {};
  return [...cases, { ...base, id: freeCaseId(cases), logic: 'and', clauses: [{ ...shape.newClause }] }];
}

const ALONE: ReadonlySet<string> = new Set(['empty', 'not_empty', 'is_empty', 'is_not_empty', 'exists']);
const NUMERIC: ReadonlySet<string> = new Set(['=', '≠', '>', '≥', '<', '≤']);
const AMONG: ReadonlySet<string> = new Set(['in', 'not_in']);

export type ValueKind = 'none' | 'number' | 'boolean' | 'list' | 'text';

/** What a clause compares with: decided by the operator first, then by what the variable holds. */
export function valueKind(operator: string, type: string | undefined): ValueKind {
  if (ALONE.has(operator)) return 'none';
  if (AMONG.has(operator)) return 'list';
  if (NUMERIC.has(operator) || type === 'number') return 'number';
  return type === 'boolean' && (operator === 'is' || operator === 'is_not') ? 'boolean' : 'text';
}

/** The value as a clause of that kind keeps it, as near as it can be to what it was. */
export function converted(value: unknown, kind: ValueKind): unknown {
  if (kind === 'none') return null;
  if (kind === 'list') {
    if (Array.isArray(value)) return value;
    return value == null || value === ''
      ? []
      : String(value)
          .split(',')
          .map((part) => part.trim());
  }
  const plain = Array.isArray(value) ? value.join(', ') : value;
  if (kind === 'boolean') return plain === true || plain === 'true';
  if (kind === 'number') {
    if (typeof plain === 'number') return plain;
    const read = typeof plain === 'string' && plain.trim() ? Number(plain) : Number.NaN;
    return Number.isFinite(read) ? read : null;
  }
  return plain == null ? '' : String(plain);
}
