import { expect, it } from 'vitest';
import { msOf, questionOf, versionOf } from './facts';

it('knows a run by the first text that was asked', () => {
  expect(questionOf({ inputs: { top: 5, user_query: ' why? ' } })).toBe('why?');
  expect(questionOf({ inputs: { top: 5 } })).toBe('5');
  expect(questionOf({ inputs: {} })).toBe('');
});

it('counts time to the end, or to now while it goes', () => {
  expect(msOf({ status: 'succeeded', started_at: 100, ended_at: 350 })).toBe(250);
  expect(msOf({ status: 'running', started_at: 100, ended_at: null }, 150)).toBe(50);
  expect(msOf({ status: 'paused', started_at: 100, ended_at: null }, 150)).toBeNull();
  expect(msOf({ status: 'queued', started_at: null, ended_at: null })).toBeNull();
});

it('tells the draft from a published version', () => {
  expect(versionOf({ version: 3 })).toBe(3);
  expect(versionOf({ version: null })).toBeNull();
  expect(versionOf({ version: 'draft' })).toBeNull();
});
