import { describe, expect, it } from 'vitest';
import type { InputField } from '@/api/types';
import { bodyFor, firstTexts, readInputs } from './inputs';

const field = (name: string, type = 'string', more: Partial<InputField> = {}): InputField => ({
  name,
  type,
  required: true,
  label: null,
  ...more,
});
const FIELDS = [
  field('question'),
  field('count', 'number', { default: 3 }),
  field('deep', 'boolean', { default: true }),
];

describe('the inputs of a trigger', () => {
  it('are values by type, and templates word for word', () => {
    const { values, faults } = readInputs(FIELDS, { question: 'What on {{ date }}?', count: '5', deep: 'false' });
    expect(values).toEqual({ question: 'What on {{ date }}?', count: 5, deep: false });
    expect(faults).toEqual({});
    expect(readInputs(FIELDS, { question: 'a', count: '{{ body.n }}', deep: 'true' }).values.count).toBe(
      '{{ body.n }}',
    );
  });
  it('that are wrong or missing are named', () => {
    expect(readInputs(FIELDS, { question: ' ', count: 'many', deep: 'true' }).faults).toEqual({
      question: 'fieldRequired',
      count: 'notNumber',
    });
  });
  it('begin as they are kept; what is left out is as the app has it', () => {
    expect(firstTexts('schedule', FIELDS, { question: 'Why?' })).toEqual({
      question: 'Why?',
      count: '3',
      deep: 'true',
    });
    expect(firstTexts('webhook', FIELDS, {})).toMatchObject({ question: '{{ body.question }}' });
  });
  it('that the app has no more are dropped', () => {
    const texts = firstTexts('schedule', FIELDS, { gone: 1, question: 'Why?' });
    expect(readInputs(FIELDS, texts).values).not.toHaveProperty('gone');
  });
});

describe('a message to begin with', () => {
  it('has a field for each input, or those that the templates read', () => {
    expect(bodyFor(FIELDS, {})).toEqual({ question: '…', count: 3, deep: true });
    expect(bodyFor(FIELDS, { question: '{{ body.text }} {{ body.count }}' })).toEqual({ text: '…', count: 3 });
  });
});
