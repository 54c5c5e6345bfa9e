import { expect, it } from 'vitest';
import { blank, bodyOf, missingIn } from './form';

const row = (key: number, value: string, role: string | null, group_id: string | null = null) => ({
  key,
  value,
  role,
  group_id,
});

it('asks for what a provider cannot do without', () => {
  expect(missingIn(blank())).toEqual(['name', 'issuer', 'client_id']);
  expect(missingIn({ ...blank(), name: 'a', issuer: 'b', client_id: 'c' })).toEqual([]);
  expect(missingIn({ ...blank(), group_claim: ' ' })).toContain('group_claim');
});

it('leaves a secret alone that nobody typed, and rows that nobody finished', () => {
  const form = { ...blank(), mappings: [row(0, ' staff ', 'editor'), row(1, '', 'admin'), row(2, 'x', null)] };
  const body = bodyOf(form);
  expect(body).not.toHaveProperty('client_secret');
  expect(body.mappings).toEqual([{ value: 'staff', role: 'editor', group_id: null }]);
  expect(body.default_role).toBeNull();
  expect(bodyOf({ ...form, client_secret: ' s ' }).client_secret).toBe(' s ');
});
