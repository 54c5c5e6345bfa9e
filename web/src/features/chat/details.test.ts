import { describe, expect, it } from 'vitest';
import type { InputField, StartForm } from '@/api/types';
import { besides, withEmptied } from './details';

const field = (name: string, type = 'string'): InputField => ({ name, type, required: false, label: null });

describe('what an app asks for besides the question', () => {
  it('leaves the question out, whatever it is called', () => {
    const form: StartForm = {
      fields: [field('tone'), field('query'), field('n', 'number')],
      chat: null,
      question: 'query',
    };
    expect(besides(form).map(({ name }) => name)).toEqual(['tone', 'n']);
    expect(besides({ ...form, question: '' })).toHaveLength(3);
  });

  it('says that a field was emptied', () => {
    expect(withEmptied([field('tone'), field('n', 'number')], { n: 0 })).toEqual({ tone: null, n: 0 });
  });
});
