import { expect, it } from 'vitest';
import type { InputField } from '@/api/types';
import { readFields, startTexts } from './fields';

const field = (name: string, type: string, more: Partial<InputField> = {}): InputField => ({
  name,
  type,
  required: true,
  label: null,
  ...more,
});

it('starts from the defaults and reads them back', () => {
  const fields = [
    field('q', 'string', { default: 'why?' }),
    field('n', 'number', { default: 3 }),
    field('b', 'boolean'),
    field('l', 'list', { default: ['a', 'b'] }),
    field('o', 'object', { default: { a: 1 } }),
    field('s', 'select', { options: ['x', 'y'], default: 'y' }),
  ];
  expect(readFields(fields, startTexts(fields))).toEqual({
    values: { q: 'why?', n: 3, b: false, l: ['a', 'b'], o: { a: 1 }, s: 'y' },
    faults: {},
  });
});

it('says what is wrong with which field', () => {
  const fields = [field('q', 'string'), field('n', 'number'), field('o', 'object'), field('j', 'any')];
  expect(readFields(fields, { q: '  ', n: '3x', o: '[1]', j: '{' }).faults).toEqual({
    q: 'fieldRequired',
    n: 'notNumber',
    o: 'notObject',
    j: 'notJson',
  });
});

it('leaves out what is empty and need not be filled', () => {
  expect(readFields([field('q', 'string', { required: false })], { q: '' })).toEqual({ values: {}, faults: {} });
});
