import { expect, it } from 'vitest';
import { asName, isName, isOld, reference } from './rules';

it('makes a name of what is typed', () => {
  expect(asName('crm api-key')).toBe('CRM_API_KEY');
  expect(asName('密钥 x!')).toBe('_X');
  expect(isName('CRM_API_KEY')).toBe(true);
  expect(isName('_X')).toBe(false);
  expect(isName('')).toBe(false);
});

it('says how it is used', () => expect(reference('A')).toBe('{{ secrets.A }}'));

it('is old after half a year', () => {
  expect(isOld(0, 100 * 86_400_000)).toBe(false);
  expect(isOld(0, 200 * 86_400_000)).toBe(true);
});
