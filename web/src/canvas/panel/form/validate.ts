/** Faults of a configuration found in the browser, for an answer while people type. The server checks again. Pure. */
import { type OutputUnit, Validator } from '@cfworker/json-schema';
import type { Values } from '@/i18n';
import type { words } from '../words';
import { isRecord, type Schema } from './schema';

type Word = keyof typeof words.en;

export interface Fault {
  /** From the configuration's root: `/cases/0/id`. */
  pointer: string;
  /** The key of a sentence, and what fills it. */
  word: Word;
  values?: Values;
}

/** The pattern of names that templates can use, which has a sentence of its own. */
const NAME = '[A-Za-z_][A-Za-z0-9_]';

const validators = new WeakMap<object, Validator | null>();

/** Null for a schema that the validator can't take: its fields are then checked by the server only. */
function validatorOf(schema: Schema): Validator | null {
  let found = validators.get(schema);
  if (found === undefined) {
    try {
      // It writes into the schema that it is given.
      found = new Validator(structuredClone(schema) as object, '2020-12', false);
    } catch {
      found = null;
    }
    validators.set(schema, found);
  }
  return found;
}

export function faults(schema: Schema, config: Schema): Fault[] {
  let errors: OutputUnit[];
  try {
    errors = validatorOf(schema)?.validate(config).errors ?? [];
  } catch {
    return [];
  }
  const found = new Map<string, Fault>();
  for (const error of errors) {
    const pointer = decodeURIComponent(error.instanceLocation.replace(/^#/, ''));
    const known = found.get(pointer);
    // Of an optional number, "is no null" comes beside "is too large": the second is what people mean to read.
    if (known && (known.word !== 'faultType' || error.keyword === 'type')) continue;
    const fault = describe(error, pointer, schema, config);
    if (fault) found.set(pointer, fault);
  }
  return [...found.values()];
}

function describe(error: OutputUnit, pointer: string, schema: Schema, config: Schema): Fault | null {
  const limit = valueAt(schema, error.keywordLocation);
  const n = typeof limit === 'number' ? { n: limit } : undefined;
  switch (error.keyword) {
    case 'type':
    case 'format':
      return { pointer, word: 'faultType' };
    case 'enum':
    case 'const':
      return { pointer, word: 'faultChoice' };
    case 'minLength':
      if (valueAt(config, `#${pointer}`) === '') return { pointer, word: 'faultEmpty' };
      return n ? { pointer, word: 'faultShort', values: n } : null;
    case 'maxLength':
      return n ? { pointer, word: 'faultLong', values: n } : null;
    case 'minimum':
      return n ? { pointer, word: 'faultLow', values: n } : null;
    case 'exclusiveMinimum':
      return n ? { pointer, word: 'faultAbove', values: n } : null;
    case 'maximum':
      return n ? { pointer, word: 'faultHigh', values: n } : null;
    case 'exclusiveMaximum':
      return n ? { pointer, word: 'faultBelow', values: n } : null;
    case 'minItems':
      return n ? { pointer, word: 'faultFew', values: n } : null;
    case 'maxItems':
      return n ? { pointer, word: 'faultMany', values: n } : null;
    case 'pattern':
      return { pointer, word: String(limit).includes(NAME) ? 'faultName' : 'faultPattern' };
    default:
      // What is missing altogether the server says: a node that was just dropped should not be red at once.
      return null;
  }
}

function valueAt(root: unknown, location: string): unknown {
  let found = root;
  for (const step of location.replace(/^#\/?/, '').split('/')) {
    if (step === '') continue;
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    // The validator's locations go on through a reference as if it stood there.
    if (isRecord(found) && name === '$ref' && typeof found.$ref === 'string') found = valueAt(root, found.$ref);
    else if (Array.isArray(found)) found = found[Number(name)];
    else found = isRecord(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}
